-- Contacts of one organisation. Text is kept in body alone, in a form the
-- program versions by its first byte, so that it can be encrypted per source.
CREATE TABLE source (
    -- never reused: rows of a dropped source that are not swept yet must not
    -- come back under the next source
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE record (
    id      INTEGER PRIMARY KEY,
    source  INTEGER NOT NULL,
    ident   TEXT    NOT NULL,
    changed INTEGER NOT NULL,
    body    BLOB    NOT NULL,
    UNIQUE (source, ident)
) STRICT;

-- The way from a record to its numbers is its body: an index would double the
-- cost of loading to serve deletion alone. What else is known of a number is
-- in the body too, at this position.
CREATE TABLE number (
    num      INTEGER NOT NULL,
    record   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    reach    INTEGER NOT NULL, -- digits that a direct-dial number may be longer
    PRIMARY KEY (num, record, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX number_range ON number (num) WHERE reach > 0;

-- Sources that were dropped and whose rows are not all gone yet. Nothing finds
-- them any more; a sweep that was cut off goes on from here.
CREATE TABLE sweep (
    source INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counter (name, value) VALUES ('changed', 0);
