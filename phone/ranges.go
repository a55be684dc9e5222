package phone

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync"

	"github.com/nyaruka/phonenumbers/v2"
	"github.com/nyaruka/phonenumbers/v2/metadata"
)

// The library tells country and kind of a number by trying a dozen regular
// expressions for each country of a calling code, some 10 µs a number. All of
// them speak about digits alone, so that those of one calling code fold into
// one table of states which answers in one step a digit. A table is built when
// its calling code is first met; it holds what the library's metadata say and
// nothing else, and the tests compare the two.

// ranges is the table of one calling code.
type ranges struct {
	states    []rangeState // 0 is the dead state, 1 the start
	countries []string     // "" for codes that belong to no country
}

type rangeState struct {
	next [10]uint32
	// What a number is that ends here: its place in countries and in kinds.
	country, kind uint8
	known         bool // it is in a known range
	// trunk marks numbers that begin as one with a trunk prefix would; the
	// library may take that off, so that it has to be asked.
	trunk bool
}

// find answers for a national significant number; ok is false outside all
// known ranges.
func (r *ranges) find(nsn string) (s rangeState, ok bool) {
	at := uint32(1)
	for i := range len(nsn) {
		digit := nsn[i] - '0'
		if digit > 9 {
			return rangeState{}, false
		}
		if at = r.states[at].next[digit]; at == 0 {
			return rangeState{}, false
		}
	}
	return r.states[at], r.states[at].known
}

// rangeTables holds the tables built so far. It only ever grows towards the
// same constant content, whoever asks first.
var rangeTables [1000]struct {
	once sync.Once
	*ranges
}

// rangesOf is the table of a calling code, nil for codes that do not exist.
func rangesOf(code int) *ranges {
	if code <= 0 || code >= len(rangeTables) {
		return nil
	}
	entry := &rangeTables[code]
	entry.once.Do(func() { entry.ranges = buildRanges(code) })
	return entry.ranges
}

// maxNational is the longest number inside a country that the library knows.
const maxNational = 17

// A rule is one regular expression and what a match of it means.
type rule struct {
	country int
	role    role
	lengths []int32 // possible lengths, nil for any
	program *syntax.Prog
	base    uint32 // of its instructions among those of all rules
}

type role uint8

const (
	roleTrunk   role = iota // matches a beginning
	roleLeading             // matches a beginning: the country has numbers that begin so
	roleGeneral
	// The kinds, in the order in which the library asks for them and in which
	// add lists them.
	rolePremium
	roleTollFree
	roleSharedCost
	roleVoIP
	rolePersonal
	rolePager
	roleUAN
	roleVoicemail
	roleFixed
	roleMobile
)

// builder folds the rules of one calling code into states.
type builder struct {
	rules     []rule
	countries []*phonenumbers.PhoneMetadata
	index     map[string]uint32 // set of instructions → state
	table     *ranges
}

func buildRanges(code int) *ranges {
	regions := phonenumbers.GetRegionCodesForCountryCode(code)
	if len(regions) == 0 {
		return nil
	}
	b := &builder{index: map[string]uint32{}, table: &ranges{}}
	for i, region := range regions {
		plan, ok := metadata.RegionMetadata(region)
		if !ok {
			if plan, ok = metadata.NonGeoMetadata(code); !ok {
				return nil
			}
		}
		b.countries = append(b.countries, plan)
		b.table.countries = append(b.table.countries, countryOf(region))
		b.add(i, plan)
	}
	b.build()
	return b.table
}

// add takes the rules of one country in; the trunk prefix of the main country,
// which is the first, goes for all of its calling code.
func (b *builder) add(country int, plan *phonenumbers.PhoneMetadata) {
	if country == 0 {
		b.addRule(country, roleTrunk, nil, plan.GetNationalPrefixForParsing())
	}
	b.addRule(country, roleLeading, nil, plan.GetLeadingDigits())
	for i, desc := range []*phonenumbers.PhoneNumberDesc{
		plan.GetGeneralDesc(), plan.GetPremiumRate(), plan.GetTollFree(), plan.GetSharedCost(),
		plan.GetVoip(), plan.GetPersonalNumber(), plan.GetPager(), plan.GetUan(),
		plan.GetVoicemail(), plan.GetFixedLine(), plan.GetMobile(),
	} {
		b.addRule(country, roleGeneral+role(i), desc.GetPossibleLength(), desc.GetNationalNumberPattern())
	}
}

func (b *builder) addRule(country int, role role, lengths []int32, pattern string) {
	if pattern == "" || pattern == "NA" {
		return
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return // the library could not use it either
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return
	}
	r := rule{country: country, role: role, lengths: lengths, program: program}
	if n := len(b.rules); n > 0 {
		r.base = b.rules[n-1].base + uint32(len(b.rules[n-1].program.Inst))
	}
	b.rules = append(b.rules, r)
}

// build makes a state of every set of instructions that some row of digits
// leads to: the subset construction. Sets are kept apart by depth, because the
// length of a number decides as much as its digits.
func (b *builder) build() {
	b.table.states = make([]rangeState, 1, 256)
	var start []uint32
	for _, r := range b.rules {
		start = r.follow(start, uint32(r.program.Start))
	}
	start = slices.DeleteFunc(start, func(at uint32) bool {
		r, inst := b.ruleAt(at)
		return r.role == roleTrunk && inst.Op == syntax.InstMatch // no prefix at all is none
	})
	level := map[uint32][]uint32{b.state(0, &start): start}
	for depth := 1; depth <= maxNational && len(level) > 0; depth++ {
		below := map[uint32][]uint32{}
		for from, set := range level {
			for digit := range 10 {
				next := b.step(set, rune('0'+digit))
				if len(next) == 0 {
					continue
				}
				to := b.state(depth, &next)
				b.table.states[from].next[digit] = to
				below[to] = next
			}
		}
		level = below
	}
}

// follow adds the instructions reachable from pc without reading a digit.
func (r rule) follow(set []uint32, pc uint32) []uint32 {
	inst := &r.program.Inst[pc]
	switch inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return r.follow(r.follow(set, inst.Out), inst.Arg)
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
		// Only trunk prefixes have anchors; passing them by marks too many
		// numbers rather than too few.
		return r.follow(set, inst.Out)
	case syntax.InstFail:
		return set
	}
	return append(set, r.base+pc)
}

// ruleAt finds the rule to which an instruction belongs.
func (b *builder) ruleAt(at uint32) (*rule, *syntax.Inst) {
	i, exact := slices.BinarySearchFunc(b.rules, at, func(r rule, at uint32) int { return int(r.base) - int(at) })
	if !exact {
		i--
	}
	r := &b.rules[i]
	return r, &r.program.Inst[at-r.base]
}

// step reads one digit. A rule that matches a beginning stays matched.
func (b *builder) step(set []uint32, digit rune) []uint32 {
	var next []uint32
	for _, at := range set {
		r, inst := b.ruleAt(at)
		switch {
		case inst.Op == syntax.InstMatch && r.role <= roleLeading:
			next = append(next, at)
		case inst.Op != syntax.InstMatch && inst.MatchRune(digit):
			next = r.follow(next, inst.Out)
		}
	}
	// When only beginnings are left, no kind can match any more.
	if !slices.ContainsFunc(next, func(at uint32) bool {
		r, _ := b.ruleAt(at)
		return r.role > roleLeading
	}) {
		return nil
	}
	return next
}

// state finds or makes the state of a set.
func (b *builder) state(depth int, set *[]uint32) uint32 {
	slices.Sort(*set)
	*set = slices.Compact(*set)
	key := []byte{byte(depth)}
	for _, at := range *set {
		key = binary.BigEndian.AppendUint32(key, at)
	}
	if at, ok := b.index[string(key)]; ok {
		return at
	}
	at := uint32(len(b.table.states))
	b.table.states = append(b.table.states, b.verdict(depth, *set))
	b.index[string(key)] = at
	return at
}

// verdict asks in the library's order: the first country that claims the
// number, by its leading digits or by a kind, has it.
func (b *builder) verdict(depth int, set []uint32) rangeState {
	matched := make([]uint32, len(b.countries)) // a bit for each role
	for _, at := range set {
		r, inst := b.ruleAt(at)
		if inst.Op == syntax.InstMatch && (len(r.lengths) == 0 || slices.Contains(r.lengths, int32(depth))) {
			matched[r.country] |= 1 << r.role
		}
	}
	s := rangeState{trunk: matched[0]&(1<<roleTrunk) != 0}
	for i, plan := range b.countries {
		kind, known := kindIn(matched[i], plan)
		claimed := known
		if len(b.countries) == 1 {
			claimed = true
		} else if plan.GetLeadingDigits() != "" {
			claimed = matched[i]&(1<<roleLeading) != 0
		}
		if claimed {
			s.country, s.kind, s.known = uint8(i), kind.index(), known
			return s
		}
	}
	return s
}

// kindIn is the kind that the matched rules of one country give.
func kindIn(matched uint32, plan *phonenumbers.PhoneMetadata) (Kind, bool) {
	is := func(r role) bool { return matched&(1<<r) != 0 }
	if !is(roleGeneral) {
		return Unknown, false
	}
	switch same := plan.GetSameMobileAndFixedLinePattern(); {
	case is(rolePremium):
		return Premium, true
	case is(roleTollFree):
		return TollFree, true
	case is(roleSharedCost):
		return SharedCost, true
	case is(roleVoIP):
		return VoIP, true
	case is(rolePersonal):
		return Personal, true
	case is(rolePager):
		return Pager, true
	case is(roleUAN):
		return UAN, true
	case is(roleVoicemail):
		return Unknown, true
	case is(roleFixed) && (same || is(roleMobile)):
		return FixedOrMobile, true
	case is(roleFixed):
		return Fixed, true
	case !same && is(roleMobile):
		return Mobile, true
	}
	return Unknown, false
}
