package store

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"

	"example.org/ctiagent/recognition"
)

// found is one number of one record, as an engine read it.
type found struct {
	match     recognition.Match
	number    uint64
	reach     int    // digits that a direct-dial number may be longer
	extension string // of the record's number
	source    int64  // rises in the order in which sources were linked
	changed   int64  // rises with every Put
}

// matchOf is what an answer says of a record that has the number.
func matchOf(r recognition.Record, n recognition.RecordNumber, source string, kind recognition.MatchKind) recognition.Match {
	return recognition.Match{
		Source: source, RecordID: r.ID, Name: r.Name,
		Fields: r.Fields, Params: r.Params, Field: n.Field, Kind: kind,
	}
}

// checkPut refuses a call before any of it is written.
func checkPut(source string, records []recognition.Record) error {
	if source == "" || source == "." || source == ".." || len(source) > recognition.MaxIDBytes || !utf8.ValidString(source) {
		return fmt.Errorf("%w: the source needs a name of 1 to %d bytes", recognition.ErrBadRecord, recognition.MaxIDBytes)
	}
	for i, r := range records {
		if err := r.Validate(); err != nil {
			return fmt.Errorf("record %d of %d: %w", i+1, len(records), err)
		}
	}
	return nil
}

// order sorts what an engine found and gives each record once: a person whose
// number is stored as "Mobile" and as "Private" is one person. The rule is
// written at recognition.Answer.
func order(all []found, extension string) []recognition.Match {
	if len(all) == 0 {
		return nil
	}
	fit := func(f found) int {
		switch f.extension {
		case extension:
			return 0
		case "":
			return 1 // the caller's extension is not recorded: the number still is
		}
		return 2 // somebody else's extension at the same number
	}
	slices.SortStableFunc(all, func(a, b found) int {
		return cmp.Or(
			cmp.Compare(fit(a), fit(b)),
			cmp.Compare(a.source, b.source),
			cmp.Compare(b.changed, a.changed),
			cmp.Compare(a.match.RecordID, b.match.RecordID),
			cmp.Compare(a.match.Field, b.match.Field),
		)
	})
	type identity struct {
		source int64
		id     string
	}
	seen := make(map[identity]bool, len(all))
	matches := make([]recognition.Match, 0, len(all))
	for _, f := range all {
		who := identity{f.source, f.match.RecordID}
		if !seen[who] {
			seen[who] = true
			matches = append(matches, f.match)
		}
	}
	return matches
}

// mainNumbers gives the company numbers that a direct-dial number may belong
// to, the longest first: the number without its last 1 to 4 digits. The North
// American plan has none: its numbers are all equally long, so a shorter one
// is nobody's main number.
func mainNumbers(number uint64) []uint64 {
	const shortest = 1_000_000 // seven digits, as E164Key reads
	if first(number) == 1 {
		return nil
	}
	var out []uint64
	for range recognition.MaxRange {
		if number /= 10; number < shortest {
			break
		}
		out = append(out, number)
	}
	return out
}

func first(n uint64) uint64 {
	for n >= 10 {
		n /= 10
	}
	return n
}
