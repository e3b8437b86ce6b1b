"""Operations: check the request, record the intent, answer."""
