"""Operations of SQS: check the request, record, answer."""
