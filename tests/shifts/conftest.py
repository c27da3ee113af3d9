from tests.cases.conftest import pack, whistle  # noqa: F401
from tests.supervision.test_pages import desk  # noqa: F401
