"""The tables of the ledger. They are reached by SQL only: one event costs one row and no object in between."""

from django.conf import settings
from django.db import migrations

from shaodao.ground.ledger.keeping import algorithm

FIRST_YEAR, LAST_YEAR = 2020, 2040

TABLES = """
CREATE TABLE ledger_event (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    type text COLLATE "C" NOT NULL,
    version smallint NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    bytes bytea NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (kind, id, seq, recorded_at)
) PARTITION BY RANGE (recorded_at);

CREATE TABLE ledger_head (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    hash bytea NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (kind, id)
) WITH (fillfactor = 80);

CREATE TABLE ledger_pending (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE ledger_seal (
    position bigint PRIMARY KEY CHECK (position >= 0),
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    hash bytea NOT NULL,
    UNIQUE (kind, id, seq)
);

CREATE TABLE ledger_log (
    the_only_row boolean PRIMARY KEY DEFAULT true CHECK (the_only_row),
    algorithm text NOT NULL,
    size bigint NOT NULL,
    peaks bytea NOT NULL
);

CREATE TABLE ledger_anchor (
    size bigint NOT NULL,
    at timestamptz NOT NULL,
    root bytea NOT NULL,
    peaks bytea NOT NULL,
    PRIMARY KEY (size, at)
);

CREATE TABLE ledger_vault (
    commitment bytea PRIMARY KEY CHECK (octet_length(commitment) = 32),
    kind text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    is_text boolean NOT NULL,
    salt bytea,
    value bytea,
    created_at timestamptz NOT NULL,
    erased_at timestamptz,
    CHECK ((value IS NULL) = (salt IS NULL) AND (value IS NULL) = (erased_at IS NOT NULL))
);
CREATE INDEX ledger_vault_subject ON ledger_vault (subject) WHERE erased_at IS NULL;

CREATE TABLE ledger_cursor (
    name text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    last_error text NOT NULL DEFAULT '',
    retry_at timestamptz
);

CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""

APPEND_ONLY = ("ledger_event", "ledger_seal", "ledger_anchor")

RIGHTS = {
    "ledger_event": "SELECT, INSERT",
    "ledger_seal": "SELECT, INSERT",
    "ledger_anchor": "SELECT, INSERT",
    "ledger_head": "SELECT, INSERT, UPDATE (seq, hash, last_at)",
    "ledger_pending": "SELECT, INSERT, DELETE",
    "ledger_log": "SELECT, UPDATE (size, peaks)",
    "ledger_vault": "SELECT, INSERT, UPDATE (salt, value, erased_at)",
    "ledger_cursor": "SELECT, INSERT, UPDATE",
}


def partitions():
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        yield f"ledger_event_{year}", f"FOR VALUES FROM ('{year}-01-01Z') TO ('{year + 1}-01-01Z')"
    yield "ledger_event_other", "DEFAULT"


def build(apps, schema_editor):
    quote = schema_editor.quote_name
    app = quote(settings.DATABASE_APP_ROLE)
    run = schema_editor.execute
    run(TABLES, None)
    for name, bounds in partitions():
        run(f"CREATE TABLE {name} PARTITION OF ledger_event {bounds}", None)
    run("INSERT INTO ledger_log (algorithm, size, peaks) VALUES (%s, 0, '')", [algorithm()])

    # A second lock, which holds for the owner too: rows below (cloned to partitions), tables above.
    for table in APPEND_ONLY:
        run(
            f"CREATE TRIGGER ledger_refuse BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
            None,
        )
    stored = [name for name, _ in partitions()]
    for table in (*APPEND_ONLY, *stored):
        run(
            f"CREATE TRIGGER ledger_refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
            None,
        )

    # A partition needs no rights of its own: the application reaches it through `ledger_event`.
    for table in (*RIGHTS, *stored):
        run(f"REVOKE ALL ON {table} FROM {app}", None)
    for table, rights in RIGHTS.items():
        run(f"GRANT {rights} ON {table} TO {app}", None)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunPython(build, elidable=False)]
