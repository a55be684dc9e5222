package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/account"
)

// Settings is what the service knows besides contacts: accounts and scripts of
// all organisations. It is backed up; contacts never are.
type Settings interface {
	account.Store
	// PutScript adds a script or replaces the one with its id.
	PutScript(ctx context.Context, org account.OrganisationID, s recognition.Script, body []byte) error
	RemoveScript(ctx context.Context, org account.OrganisationID, id string) error // ErrNotFound
	// Scripts lists the organisation's scripts by id.
	Scripts(ctx context.Context, org account.OrganisationID) ([]recognition.Script, error)
	// ScriptBody gives a body by its digest, or ErrNotFound.
	ScriptBody(ctx context.Context, org account.OrganisationID, digest string) ([]byte, error)
	// Check reads everything and reports damage.
	Check(ctx context.Context) error
	// Refresh notices what other processes changed.
	Refresh(ctx context.Context) error
	Close() error
}

// OpenSettings opens or creates the settings file.
func OpenSettings(path string) (Settings, error) {
	db, err := openDatabase(path, "settings", settingsID, 2)
	if err != nil {
		return nil, err
	}
	return &settings{db}, nil
}

type settings struct{ db *database }

func (s *settings) Generation() uint64                { return s.db.generation.Load() }
func (s *settings) Refresh(ctx context.Context) error { return s.db.refresh(ctx) }
func (s *settings) Check(ctx context.Context) error   { return s.db.check(ctx) }
func (s *settings) Close() error                      { return s.db.close() }

// change runs one statement as a transaction.
func (s *settings) change(ctx context.Context, sql string, args ...any) error {
	return writeError(s.db.write(ctx, func(c *sqlite.Conn) error { return execute(c, sql, args...) }))
}

func (s *settings) rows(ctx context.Context, row func(*sqlite.Stmt) error, sql string, args ...any) error {
	return lookupError(s.db.read(ctx, func(c *sqlite.Conn) error { return query(c, sql, row, args...) }))
}

func (s *settings) CreateOrganisation(ctx context.Context, o account.Organisation) error {
	err := s.change(ctx, `INSERT INTO organisation (id, name) VALUES (?1, ?2)`, string(o.ID), o.Name)
	return constraint(err, sqlite.ResultConstraintPrimaryKey, account.ErrExists)
}

func (s *settings) Organisations(ctx context.Context) (out []account.Organisation, err error) {
	err = s.rows(ctx, func(r *sqlite.Stmt) error {
		out = append(out, account.Organisation{ID: account.OrganisationID(r.ColumnText(0)), Name: r.ColumnText(1)})
		return nil
	}, `SELECT id, name FROM organisation ORDER BY id`)
	return out, err
}

func (s *settings) CreateUser(ctx context.Context, u account.User, passwordHash string) error {
	roles, err := json.Marshal(u.Roles)
	if err != nil {
		return err
	}
	err = s.change(ctx, `INSERT INTO account (organisation, id, name, password, roles, disabled, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		string(u.Organisation), string(u.ID), u.Name, passwordHash, string(roles), u.Disabled, u.Created.Unix())
	err = constraint(err, sqlite.ResultConstraintUnique, account.ErrExists)
	return constraint(err, sqlite.ResultConstraintForeignKey, account.ErrNoOrganisation)
}

const userColumns = `a.organisation, a.id, a.name, a.roles, a.disabled, a.created`

func scanUser(r *sqlite.Stmt) (u account.User, err error) {
	u = account.User{
		Organisation: account.OrganisationID(r.ColumnText(0)), ID: account.UserID(r.ColumnText(1)), Name: r.ColumnText(2),
		Disabled: r.ColumnBool(4), Created: time.Unix(r.ColumnInt64(5), 0).UTC(),
	}
	if err := json.Unmarshal([]byte(r.ColumnText(3)), &u.Roles); err != nil {
		return u, fmt.Errorf("store: the roles of user %s are damaged", u.ID)
	}
	return u, nil
}

func (s *settings) UserByName(ctx context.Context, name string) (u account.User, hash string, err error) {
	found := false
	err = s.rows(ctx, func(r *sqlite.Stmt) (err error) {
		found, hash = true, r.ColumnText(6)
		u, err = scanUser(r)
		return err
	}, `SELECT `+userColumns+`, a.password FROM account a WHERE a.name = ?1`, name)
	if err == nil && !found {
		err = account.ErrNoUser
	}
	return u, hash, err
}

func (s *settings) Users(ctx context.Context, org account.OrganisationID) (out []account.User, err error) {
	err = s.rows(ctx, func(r *sqlite.Stmt) error {
		u, err := scanUser(r)
		out = append(out, u)
		return err
	}, `SELECT `+userColumns+` FROM account a WHERE a.organisation = ?1 ORDER BY a.name`, string(org))
	return out, err
}

func (s *settings) SetPassword(ctx context.Context, org account.OrganisationID, id account.UserID, passwordHash string) error {
	return s.change(ctx, `UPDATE account SET password = ?3 WHERE organisation = ?1 AND id = ?2`, string(org), string(id), passwordHash)
}

func (s *settings) SetDisabled(ctx context.Context, org account.OrganisationID, id account.UserID, disabled bool) error {
	return writeError(s.db.write(ctx, func(c *sqlite.Conn) error {
		if err := execute(c, `UPDATE account SET disabled = ?3 WHERE organisation = ?1 AND id = ?2`, string(org), string(id), disabled); err != nil || !disabled {
			return err
		}
		return execute(c, `DELETE FROM token WHERE organisation = ?1 AND account = ?2`, string(org), string(id))
	}))
}

func (s *settings) CreateToken(ctx context.Context, t account.Token) error {
	return s.change(ctx, `INSERT INTO token (hash, organisation, account, workstation, created) VALUES (?1, ?2, ?3, ?4, ?5)`,
		t.Hash[:], string(t.Organisation), string(t.User), t.Workstation, t.Created.Unix())
}

func (s *settings) UserByToken(ctx context.Context, h account.TokenHash) (u account.User, err error) {
	found := false
	err = s.rows(ctx, func(r *sqlite.Stmt) (err error) {
		found = true
		u, err = scanUser(r)
		return err
	}, `SELECT `+userColumns+` FROM token t JOIN account a ON a.organisation = t.organisation AND a.id = t.account WHERE t.hash = ?1`, h[:])
	if err == nil && !found {
		err = account.ErrNoUser
	}
	return u, err
}

func (s *settings) DeleteToken(ctx context.Context, h account.TokenHash) error {
	return s.change(ctx, `DELETE FROM token WHERE hash = ?1`, h[:])
}

func (s *settings) PutScript(ctx context.Context, org account.OrganisationID, script recognition.Script, body []byte) error {
	manifest, err := json.Marshal(script)
	if err != nil {
		return err
	}
	err = s.change(ctx, `INSERT INTO script (organisation, id, manifest, digest, body) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (organisation, id) DO UPDATE SET manifest = excluded.manifest, digest = excluded.digest, body = excluded.body`,
		string(org), script.ID, string(manifest), script.Digest, body)
	return constraint(err, sqlite.ResultConstraintForeignKey, account.ErrNoOrganisation)
}

func (s *settings) RemoveScript(ctx context.Context, org account.OrganisationID, id string) error {
	return s.db.write(ctx, func(c *sqlite.Conn) error {
		if err := execute(c, `DELETE FROM script WHERE organisation = ?1 AND id = ?2`, string(org), id); err != nil {
			return err
		}
		if c.Changes() == 0 {
			return fmt.Errorf("store: script: %w", ErrNotFound)
		}
		return nil
	})
}

func (s *settings) Scripts(ctx context.Context, org account.OrganisationID) (out []recognition.Script, err error) {
	err = s.rows(ctx, func(r *sqlite.Stmt) error {
		var script recognition.Script
		if err := json.Unmarshal([]byte(r.ColumnText(0)), &script); err != nil {
			return fmt.Errorf("store: the manifest of a script is damaged: %w", err)
		}
		out = append(out, script)
		return nil
	}, `SELECT manifest FROM script WHERE organisation = ?1 ORDER BY id`, string(org))
	return out, err
}

func (s *settings) ScriptBody(ctx context.Context, org account.OrganisationID, digest string) (body []byte, err error) {
	found := false
	err = s.rows(ctx, func(r *sqlite.Stmt) error {
		found = true
		body = make([]byte, r.ColumnLen(0))
		r.ColumnBytes(0, body)
		return nil
	}, `SELECT body FROM script WHERE organisation = ?1 AND digest = ?2 LIMIT 1`, string(org), digest)
	if err == nil && !found {
		err = fmt.Errorf("store: script: %w", ErrNotFound)
	}
	return body, err
}

// constraint turns a violated constraint into the error of the contract.
func constraint(err error, code sqlite.ResultCode, meaning error) error {
	if err != nil && sqlite.ErrCode(err) == code {
		return meaning
	}
	return err
}
