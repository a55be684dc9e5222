package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"example.org/ctiagent/recognition"
)

// OpenContacts opens or creates the contacts file of one organisation.
func OpenContacts(ctx context.Context, path string) (Contacts, error) {
	db, err := openDatabase(path, "contacts", contactsID, 4)
	if err != nil {
		return nil, err
	}
	c := &contacts{db}
	if err := c.sweep(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

type contacts struct{ db *database }

// Bodies begin with a byte that names their form.
const bodyJSON = 1

func encodeBody(r recognition.Record) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return append([]byte{bodyJSON}, text...), nil
}

func decodeBody(b []byte) (r recognition.Record, err error) {
	if len(b) == 0 || b[0] != bodyJSON {
		return r, errors.New("store: a record has a form that this program does not know")
	}
	if err := json.Unmarshal(b[1:], &r); err != nil {
		return r, errors.New("store: a record is damaged") // the error of json quotes it
	}
	return r, nil
}

func (c *contacts) Generation() uint64                { return c.db.generation.Load() }
func (c *contacts) Refresh(ctx context.Context) error { return c.db.refresh(ctx) }
func (c *contacts) Check(ctx context.Context) error   { return c.db.check(ctx) }
func (c *contacts) Close() error                      { return c.db.close() }

// CROSS JOIN is SQLite's way to say that the order of the tables stays: the
// planner has no statistics and must not begin with the smallest table.
const (
	findExact = `SELECT n.num, n.position, s.id, s.name, r.changed, r.body
		FROM number n CROSS JOIN record r ON r.id = n.record CROSS JOIN source s ON s.id = r.source
		WHERE n.num = ?1`
	findRange = `SELECT n.num, n.position, s.id, s.name, r.changed, r.body
		FROM number n INDEXED BY number_range
		CROSS JOIN record r ON r.id = n.record CROSS JOIN source s ON s.id = r.source
		WHERE n.reach > 0 AND n.num IN (?1, ?2, ?3, ?4)`
)

func (c *contacts) Find(ctx context.Context, key Key) ([]recognition.Match, error) {
	var matches []recognition.Match
	err := c.db.read(ctx, func(conn *sqlite.Conn) error {
		all, err := c.query(conn, findExact, recognition.MatchExact, key.Number)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			if all, err = c.findRange(conn, key.Number); err != nil {
				return err
			}
		}
		matches = order(all, key.Extension)
		return nil
	})
	if err != nil {
		return nil, lookupError(err)
	}
	return matches, nil
}

// findRange gives the records of the longest main number that reaches this far.
func (c *contacts) findRange(conn *sqlite.Conn, number uint64) ([]found, error) {
	mains := mainNumbers(number)
	if len(mains) == 0 {
		return nil, nil
	}
	all, err := c.query(conn, findRange, recognition.MatchRange, mains...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	for i, main := range mains {
		var reached []found
		for _, f := range all {
			if f.number == main && f.reach > i {
				reached = append(reached, f)
			}
		}
		if len(reached) > 0 {
			return reached, nil
		}
	}
	return nil, nil
}

func (c *contacts) query(conn *sqlite.Conn, sql string, kind recognition.MatchKind, numbers ...uint64) ([]found, error) {
	stmt, err := conn.Prepare(sql)
	if err != nil {
		return nil, err
	}
	defer stmt.Reset() //nolint:errcheck // it repeats the error of Step
	for i, n := range numbers {
		stmt.BindInt64(i+1, int64(n))
	}
	var all []found
	var body []byte
	for {
		row, err := stmt.Step()
		if err != nil {
			return nil, err
		}
		if !row {
			return all, nil
		}
		body = grow(body, stmt.ColumnLen(5))
		stmt.ColumnBytes(5, body)
		record, err := decodeBody(body)
		if err != nil {
			return nil, err
		}
		position := stmt.ColumnInt(1)
		if position < 0 || position >= len(record.Numbers) {
			return nil, errors.New("store: a number does not fit its record")
		}
		n := record.Numbers[position]
		all = append(all, found{
			number:    uint64(stmt.ColumnInt64(0)),
			reach:     n.Range,
			extension: n.Extension,
			source:    stmt.ColumnInt64(2),
			changed:   stmt.ColumnInt64(4),
			match:     matchOf(record, n, stmt.ColumnText(3), kind),
		})
	}
}

func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// Put adds or replaces records, all or none.
func (c *contacts) Put(ctx context.Context, source string, records []recognition.Record) error {
	if err := checkPut(source, records); err != nil {
		return err
	}
	return writeError(c.db.write(ctx, func(conn *sqlite.Conn) error {
		if err := execute(conn, `INSERT INTO source (name) VALUES (?1) ON CONFLICT (name) DO NOTHING`, source); err != nil {
			return err
		}
		src, _, err := sourceID(conn, source)
		if err != nil {
			return err
		}
		if err := execute(conn, `UPDATE counter SET value = value + 1 WHERE name = 'changed'`); err != nil {
			return err
		}
		changed, err := one(conn, `SELECT value FROM counter WHERE name = 'changed'`)
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := putRecord(conn, src, changed, r); err != nil {
				return err
			}
		}
		return nil
	}))
}

func putRecord(conn *sqlite.Conn, source, changed int64, r recognition.Record) error {
	body, err := encodeBody(r)
	if err != nil {
		return err
	}
	id, old, err := recordByIdent(conn, source, r.ID)
	switch {
	case err != nil:
		return err
	case id != 0:
		if err := deleteNumbers(conn, id, old); err != nil {
			return err
		}
		if err := execute(conn, `UPDATE record SET changed = ?1, body = ?2 WHERE id = ?3`, changed, body, id); err != nil {
			return err
		}
	default:
		if err := execute(conn, `INSERT INTO record (source, ident, changed, body) VALUES (?1, ?2, ?3, ?4)`, source, r.ID, changed, body); err != nil {
			return err
		}
		id = conn.LastInsertRowID()
	}
	for i, n := range r.Numbers {
		num, _ := recognition.E164Key(n.E164) // checkPut has been here
		if err := execute(conn, `INSERT INTO number (num, record, position, reach) VALUES (?1, ?2, ?3, ?4)`, int64(num), id, int64(i), int64(n.Range)); err != nil {
			return err
		}
	}
	return nil
}

// recordByIdent gives 0 when there is none.
func recordByIdent(conn *sqlite.Conn, source int64, ident string) (id int64, body []byte, err error) {
	err = query(conn, `SELECT id, body FROM record WHERE source = ?1 AND ident = ?2`, func(s *sqlite.Stmt) error {
		id = s.ColumnInt64(0)
		body = make([]byte, s.ColumnLen(1))
		s.ColumnBytes(1, body)
		return nil
	}, source, ident)
	return id, body, err
}

func deleteNumbers(conn *sqlite.Conn, id int64, body []byte) error {
	r, err := decodeBody(body)
	if err != nil {
		return err
	}
	for i, n := range r.Numbers {
		num, _ := recognition.E164Key(n.E164)
		if err := execute(conn, `DELETE FROM number WHERE num = ?1 AND record = ?2 AND position = ?3`, int64(num), id, int64(i)); err != nil {
			return err
		}
	}
	return nil
}

// Remove deletes records; the log is emptied so that nothing of them is left
// in any file.
func (c *contacts) Remove(ctx context.Context, source string, ids []string) error {
	err := c.db.write(ctx, func(conn *sqlite.Conn) error {
		src, ok, err := sourceID(conn, source)
		if err != nil || !ok {
			return err
		}
		for _, ident := range ids {
			if err := ctx.Err(); err != nil {
				return err
			}
			id, body, err := recordByIdent(conn, src, ident)
			if err != nil {
				return err
			}
			if id == 0 {
				continue
			}
			if err := deleteRecord(conn, id, body); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return writeError(err)
	}
	return c.db.scrub(ctx)
}

func deleteRecord(conn *sqlite.Conn, id int64, body []byte) error {
	if err := deleteNumbers(conn, id, body); err != nil {
		return err
	}
	return execute(conn, `DELETE FROM record WHERE id = ?1`, id)
}

// Drop makes a source unfindable in one small transaction and then sweeps its
// rows. When ctx ends in between, lookups have stopped all the same and the
// sweep goes on with the next Drop or start.
func (c *contacts) Drop(ctx context.Context, source string) error {
	err := c.db.write(ctx, func(conn *sqlite.Conn) error {
		src, ok, err := sourceID(conn, source)
		if err != nil || !ok {
			return err
		}
		if err := execute(conn, `INSERT INTO sweep (source) VALUES (?1)`, src); err != nil {
			return err
		}
		return execute(conn, `DELETE FROM source WHERE id = ?1`, src)
	})
	if err != nil {
		return writeError(err)
	}
	return c.sweep(ctx)
}

// sweepChunk bounds a transaction: a million rows in one would need a log of
// hundreds of megabytes and hold up every other write.
const sweepChunk = 1000

// sweep deletes what dropped sources left, if there is any.
func (c *contacts) sweep(ctx context.Context) error {
	swept := false
	for {
		var source int64
		err := c.db.read(ctx, func(conn *sqlite.Conn) (err error) {
			source, err = one(conn, `SELECT coalesce(max(source), 0) FROM sweep`)
			return err
		})
		if err != nil {
			return lookupError(err)
		}
		if source == 0 {
			break
		}
		swept = true
		if err := c.db.write(ctx, func(conn *sqlite.Conn) error { return sweepSome(conn, source) }); err != nil {
			return writeError(err)
		}
	}
	if !swept {
		return nil
	}
	return c.db.scrub(ctx)
}

func sweepSome(conn *sqlite.Conn, source int64) error {
	type row struct {
		id   int64
		body []byte
	}
	var rows []row
	err := query(conn, `SELECT id, body FROM record WHERE source = ?1 LIMIT ?2`, func(s *sqlite.Stmt) error {
		body := make([]byte, s.ColumnLen(1))
		s.ColumnBytes(1, body)
		rows = append(rows, row{s.ColumnInt64(0), body})
		return nil
	}, source, int64(sweepChunk))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := deleteRecord(conn, r.id, r.body); err != nil {
			return err
		}
	}
	if len(rows) < sweepChunk {
		return execute(conn, `DELETE FROM sweep WHERE source = ?1`, source)
	}
	return nil
}

func (c *contacts) Sources(ctx context.Context) ([]Source, error) {
	var out []Source
	err := c.db.read(ctx, func(conn *sqlite.Conn) error {
		return query(conn, `SELECT name, (SELECT count(*) FROM record WHERE source = s.id) FROM source s ORDER BY id`, func(s *sqlite.Stmt) error {
			out = append(out, Source{s.ColumnText(0), s.ColumnInt64(1)})
			return nil
		})
	})
	return out, lookupError(err)
}

func sourceID(conn *sqlite.Conn, name string) (id int64, ok bool, err error) {
	err = query(conn, `SELECT id FROM source WHERE name = ?1`, func(s *sqlite.Stmt) error {
		id, ok = s.ColumnInt64(0), true
		return nil
	}, name)
	return id, ok, err
}

// query runs a statement that is kept prepared on its connection.
func query(conn *sqlite.Conn, sql string, row func(*sqlite.Stmt) error, args ...any) error {
	return sqlitex.Execute(conn, sql, &sqlitex.ExecOptions{Args: args, ResultFunc: row})
}

func execute(conn *sqlite.Conn, sql string, args ...any) error { return query(conn, sql, nil, args...) }

func one(conn *sqlite.Conn, sql string, args ...any) (n int64, err error) {
	err = query(conn, sql, func(s *sqlite.Stmt) error { n = s.ColumnInt64(0); return nil }, args...)
	return n, err
}

// lookupError and writeError say in words what SQLite says in codes. Its own
// text never holds a bound value.
func lookupError(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case damaged(err):
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return fmt.Errorf("store: it cannot be read: %w", err)
}

func writeError(err error) error {
	switch code := sqlite.ErrCode(err).ToPrimary(); {
	case err == nil:
		return nil
	case code == sqlite.ResultFull:
		return fmt.Errorf("store: the disk is full, nothing was changed: %w", err)
	case code == sqlite.ResultBusy:
		return fmt.Errorf("store: another process has been writing for %v, nothing was changed: %w", writeWait, err)
	case damaged(err):
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return err
}

var errDamaged = errors.New("store: the file is damaged: restore settings from a backup, load contacts again")

func damaged(err error) bool {
	code := sqlite.ErrCode(err).ToPrimary()
	return code == sqlite.ResultCorrupt || code == sqlite.ResultNotADB
}
