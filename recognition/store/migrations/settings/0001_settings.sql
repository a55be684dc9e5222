-- Accounts and scripts of all organisations; the organisation stands first in
-- every key.
CREATE TABLE organisation (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    organisation TEXT    NOT NULL REFERENCES organisation (id),
    id           TEXT    NOT NULL,
    -- one name space for the service: a sign-in says no organisation
    name         TEXT    NOT NULL UNIQUE,
    password     TEXT    NOT NULL, -- argon2id in the PHC string form
    roles        TEXT    NOT NULL, -- JSON array
    disabled     INTEGER NOT NULL DEFAULT 0,
    created      INTEGER NOT NULL, -- Unix seconds
    PRIMARY KEY (organisation, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    hash         BLOB    PRIMARY KEY, -- SHA-256 of the token
    organisation TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    workstation  TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    FOREIGN KEY (organisation, account) REFERENCES account (organisation, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX token_account ON token (organisation, account);

CREATE TABLE script (
    organisation TEXT NOT NULL REFERENCES organisation (id),
    id           TEXT NOT NULL,
    manifest     TEXT NOT NULL, -- JSON of recognition.Script
    digest       TEXT NOT NULL,
    body         BLOB NOT NULL,
    PRIMARY KEY (organisation, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX script_digest ON script (organisation, digest);
