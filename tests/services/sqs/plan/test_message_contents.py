"""What a message may be, and the digests of it."""

import hashlib

import pytest

from homeport.services.sqs import errors
from homeport.services.sqs.plan import contents, digests, receipts, senders
from homeport.services.sqs.records.messages import Attribute
from homeport.services.sqs.records.queues import Queue, QueueBody

QUEUE = Queue(
    id=1,
    account="000000000000",
    region="us-east-1",
    name="q",
    dead_letter_arn="",
    body=QueueBody(created_at=0.0, modified_at=0.0, message_bytes_max=1_024),
)


def text(name: str, value: str, data_type: str = "String") -> Attribute:
    return Attribute(name=name, data_type=data_type, text=value)


@pytest.mark.parametrize("body", ["a", "\t\r\n ~", "ü\ud7ff\ue000\ufffd\U0010ffff", "x" * 1_024])
def test_text_of_allowed_characters_is_taken(body: str) -> None:
    contents.check(QUEUE, body, ())


@pytest.mark.parametrize("character", ["\0", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_other_characters_are_named(character: str) -> None:
    with pytest.raises(errors.InvalidMessageContents, match=f"'#x{ord(character):X}' was found"):
        contents.check(QUEUE, f"a{character}b", ())
    with pytest.raises(errors.InvalidMessageContents, match="attribute 'n'"):
        contents.check(QUEUE, "a", (text("n", character),))


def test_a_message_has_a_body_of_its_queues_size() -> None:
    with pytest.raises(errors.MissingParameter, match="MessageBody"):
        contents.check(QUEUE, "", ())
    contents.check(QUEUE, "ü" * 512, ())
    with pytest.raises(errors.InvalidParameterValue, match="shorter than 1024 bytes"):
        contents.check(QUEUE, "ü" * 512 + "x", ())
    with pytest.raises(errors.InvalidParameterValue, match="shorter than 1024 bytes"):
        contents.check(QUEUE, "x" * 1_015, (text("n", "ab", "String"), text("m", "c")))
    size = contents.size_of("x", (text("n", "ab", "String"), text("m", "ü")))
    assert size == 1 + (1 + 6 + 2) + (1 + 6 + 2)


@pytest.mark.parametrize(
    ("attribute", "sentence"),
    [
        (text("", "x"), "can not be empty"),
        (text("aws.x", "x"), "reserved"),
        (text("AMAZON.x", "x"), "reserved"),
        (text("a" * 257, "x"), "less than 256"),
        (text(".a", "x"), "no period first"),
        (text("a.", "x"), "no period first"),
        (text("a..b", "x"), "no period first"),
        (text("a b", "x"), "can contain only"),
        (text("a", ""), "non-empty message attribute value"),
        (text("a", "x", ""), "non-empty message attribute type"),
        (text("a", "x", "Text"), "supported type prefixes"),
        (text("a", "x", "string"), "supported type prefixes"),
        (text("a", "x", "String." + "x" * 256), "length of the type"),
        (text("a", "x", "Binary"), "non-empty message attribute value"),
        (text("a", "x", "Number"), "to a number"),
        (text("a", "1e", "Number.int"), "to a number"),
        (Attribute(name="a", data_type="String", data=b"x"), "non-empty"),
        (Attribute(name="a", data_type="Binary", data=b""), "non-empty"),
        (Attribute(name="a", data_type="String", text="x", data=b"x"), "non-empty"),
    ],
)
def test_an_attribute_that_is_none_is_refused(attribute: Attribute, sentence: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=sentence):
        contents.check_attributes((attribute,))


def test_attributes_of_every_type_are_taken() -> None:
    taken = (
        text("a-b_c.D", "x", "String.custom"),
        text("n", "-1.5e3", "Number"),
        Attribute(name="b", data_type="Binary.gif", data=b"\0"),
    )
    contents.check_attributes(taken)
    many = tuple(text(f"a{number}", "x") for number in range(11))
    contents.check_attributes(many[:10])
    with pytest.raises(errors.InvalidParameterValue, match=r"\[11\] exceeds"):
        contents.check_attributes(many)


def test_the_only_system_attribute_is_a_trace_header() -> None:
    contents.check_system((text("AWSTraceHeader", "Root=1"),))
    for wrong in (text("Other", "x"), text("AWSTraceHeader", "1", "Number")):
        with pytest.raises(errors.InvalidParameterValue):
            contents.check_system((wrong,))


def test_the_digest_of_attributes_goes_by_name_type_and_value() -> None:
    expected = hashlib.md5(
        b"\0\0\0\1a\0\0\0\6Binary\2\0\0\0\2\x00\xff\0\0\0\1b\0\0\0\6String\1\0\0\0\2\xc3\xbc",
        usedforsecurity=False,
    ).hexdigest()
    first = Attribute(name="a", data_type="Binary", data=b"\x00\xff")
    second = text("b", "ü")
    assert digests.of_attributes((second, first)) == expected
    assert digests.of_attributes((first,)) != expected
    assert digests.of_attributes(()) is None
    assert digests.of_text("ü") == hashlib.md5("ü".encode(), usedforsecurity=False).hexdigest()


def test_a_receipt_handle_says_what_it_was_made_of() -> None:
    handle = receipts.handle_of(17, "abc", "q")
    assert receipts.receipt_of(handle, "q") == receipts.Receipt(17, "abc")
    with pytest.raises(errors.ReceiptHandleIsInvalid):
        receipts.receipt_of(handle, "p")


@pytest.mark.parametrize(
    ("principal", "sender"),
    [
        ("arn:aws:iam::000000000000:root", "000000000000"),
        ("arn:aws:sts::000000000000:assumed-role/worker/session", "worker:session"),
        ("arn:aws:iam::000000000000:role/path/worker", "worker"),
        ("", "000000000000"),
    ],
)
def test_receivers_are_told_who_sent(principal: str, sender: str) -> None:
    assert senders.sender_id(principal, "000000000000") == sender
