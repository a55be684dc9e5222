package store

import (
	"context"
	"slices"
	"sync"

	"example.org/ctiagent/recognition"
)

// NewMemory gives contacts that are kept nowhere. It is the plain reading of
// the contract, record by record, that the engines are compared with, and what
// tests of other rooms use.
func NewMemory() Contacts { return &memory{} }

type memory struct {
	mu         sync.RWMutex
	sources    []*memorySource // in the order in which they were linked
	linked     int64
	changed    int64
	generation uint64
}

type memorySource struct {
	name    string
	id      int64
	records []memoryRecord
}

type memoryRecord struct {
	recognition.Record
	changed int64
}

func (m *memory) Generation() uint64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.generation
}

func (m *memory) Refresh(context.Context) error { return nil }
func (m *memory) Check(context.Context) error   { return nil }
func (m *memory) Close() error                  { return nil }

func (m *memory) Find(ctx context.Context, key Key) ([]recognition.Match, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := m.with(key.Number, 0, recognition.MatchExact)
	for i, main := range mainNumbers(key.Number) {
		if len(all) > 0 {
			break
		}
		all = m.with(main, i+1, recognition.MatchRange)
	}
	return order(all, key.Extension), nil
}

// with gives the records that have a number and reach so many digits further.
func (m *memory) with(number uint64, reach int, kind recognition.MatchKind) []found {
	var all []found
	for _, s := range m.sources {
		for _, r := range s.records {
			for _, n := range r.Numbers {
				if k, _ := recognition.E164Key(n.E164); k == number && n.Range >= reach {
					all = append(all, found{number: k, reach: n.Range, extension: n.Extension, source: s.id, changed: r.changed,
						match: matchOf(r.Record, n, s.name, kind)})
				}
			}
		}
	}
	return all
}

func (m *memory) source(name string) *memorySource {
	for _, s := range m.sources {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (m *memory) change() func() {
	m.mu.Lock()
	m.changed++
	m.generation++
	return m.mu.Unlock
}

func (m *memory) Put(ctx context.Context, source string, records []recognition.Record) error {
	if err := checkPut(source, records); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	defer m.change()()
	s := m.source(source)
	if s == nil {
		m.linked++
		s = &memorySource{name: source, id: m.linked}
		m.sources = append(m.sources, s)
	}
	for _, r := range records {
		i := slices.IndexFunc(s.records, func(have memoryRecord) bool { return have.ID == r.ID })
		if i < 0 {
			s.records = append(s.records, memoryRecord{r, m.changed})
		} else {
			s.records[i] = memoryRecord{r, m.changed}
		}
	}
	return nil
}

func (m *memory) Remove(ctx context.Context, source string, ids []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer m.change()()
	if s := m.source(source); s != nil {
		s.records = slices.DeleteFunc(s.records, func(r memoryRecord) bool { return slices.Contains(ids, r.ID) })
	}
	return nil
}

func (m *memory) Drop(ctx context.Context, source string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer m.change()()
	m.sources = slices.DeleteFunc(m.sources, func(s *memorySource) bool { return s.name == source })
	return nil
}

func (m *memory) Sources(ctx context.Context) ([]Source, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Source
	for _, s := range m.sources {
		out = append(out, Source{s.name, int64(len(s.records))})
	}
	return out, ctx.Err()
}
