from tests.cases.conftest import pack, whistle  # noqa: F401
