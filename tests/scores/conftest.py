from tests.trust.conftest import pack, sign_in  # noqa: F401
