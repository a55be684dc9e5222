package phone

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers/v2"
)

// libraryKind translates the library's word for a kind. Voicemail access
// numbers are dialled by the subscriber alone and stay unknown, so that they
// are asked about.
func libraryKind(t phonenumbers.PhoneNumberType) Kind {
	kind, ok := map[phonenumbers.PhoneNumberType]Kind{
		phonenumbers.FIXED_LINE:           Fixed,
		phonenumbers.MOBILE:               Mobile,
		phonenumbers.FIXED_LINE_OR_MOBILE: FixedOrMobile,
		phonenumbers.TOLL_FREE:            TollFree,
		phonenumbers.SHARED_COST:          SharedCost,
		phonenumbers.PREMIUM_RATE:         Premium,
		phonenumbers.VOIP:                 VoIP,
		phonenumbers.PERSONAL_NUMBER:      Personal,
		phonenumbers.UAN:                  UAN,
		phonenumbers.PAGER:                Pager,
	}[t]
	if !ok {
		return Unknown
	}
	return kind
}

// sameAsLibrary compares our reading of "+" and digits with the library's.
func sameAsLibrary(t *testing.T, e164 string) {
	t.Helper()
	ours, fast := parseE164(e164)
	theirs, err := phonenumbers.Parse(e164, "ZZ")
	known := err == nil && phonenumbers.IsValidNumber(theirs) &&
		len(phonenumbers.Format(theirs, phonenumbers.E164)) <= 1+e164Digits // the library allows more
	if fast {
		switch {
		case !known:
			t.Errorf("%s: we know the range, the library does not", e164)
		case phonenumbers.Format(theirs, phonenumbers.E164) != e164:
			t.Errorf("%s: the library reads %s", e164, phonenumbers.Format(theirs, phonenumbers.E164))
		}
	}
	if err != nil {
		return
	}
	slow, ok := valid(theirs)
	switch {
	case ok != known:
		t.Errorf("%s: known to us %t, to the library %t", e164, ok, known)
	case ok && slow.e164 != phonenumbers.Format(theirs, phonenumbers.E164):
		t.Errorf("%s: we write %s", e164, slow.e164)
	case ok && slow.country != countryOf(phonenumbers.GetRegionCodeForNumber(theirs)):
		t.Errorf("%s: country %q, library %q", e164, slow.country, phonenumbers.GetRegionCodeForNumber(theirs))
	case ok && slow.kind != libraryKind(phonenumbers.GetNumberType(theirs)):
		t.Errorf("%s: kind %s, library %s", e164, slow.kind, libraryKind(phonenumbers.GetNumberType(theirs)))
	case fast && (ours.country != slow.country || ours.kind != slow.kind):
		t.Errorf("%s: the short way gives %s %s, the long one %s %s", e164, ours.country, ours.kind, slow.country, slow.kind)
	}
}

// TestRangesAgreeWithLibrary walks every table by chance and compares. Blind
// digits would miss most ranges, so that the walk follows living states.
func TestRangesAgreeWithLibrary(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	const walks = 8 // for each calling code; the fuzz test goes on from here
	for code := range phonenumbers.GetSupportedCallingCodes() {
		table := rangesOf(code)
		if table == nil {
			t.Errorf("+%d has no table", code)
			continue
		}
		for range walks {
			var nsn strings.Builder
			for at := uint32(1); ; {
				alive := make([]int, 0, 10)
				for digit, next := range table.states[at].next {
					if next != 0 {
						alive = append(alive, digit)
					}
				}
				if len(alive) == 0 || table.states[at].known && random.IntN(3) == 0 {
					break
				}
				digit := alive[random.IntN(len(alive))]
				nsn.WriteByte(byte('0' + digit))
				at = table.states[at].next[digit]
			}
			e164 := "+" + strconv.Itoa(code) + nsn.String()
			sameAsLibrary(t, e164)
			if cut := len(e164) - 1; cut > 4 {
				sameAsLibrary(t, e164[:cut])
			}
			sameAsLibrary(t, e164+"7")
		}
	}
}

// TestShortWayAgreesWithLibrary compares the short way for national numbers.
func TestShortWayAgreesWithLibrary(t *testing.T) {
	t.Parallel()
	var short int
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.UAN; kind++ {
			example := phonenumbers.GetExampleNumberForTypeInRegion(region, kind)
			if example == nil {
				continue
			}
			nsn := phonenumbers.GetNationalSignificantNumber(example)
			for _, digits := range []string{"0" + nsn, nsn, "0" + nsn[:len(nsn)-1], "0" + nsn + "1"} {
				ours, ok := nationalTrunk(digits, region)
				if !ok {
					continue
				}
				short++
				theirs, ok := national(digits, region, valid)
				if !ok || theirs != ours {
					t.Errorf("%s: %s is %+v by the short way, %+v by the long one", region, digits, ours, theirs)
				}
			}
		}
	}
	if short < 500 {
		t.Errorf("the short way was taken %d times", short)
	}
}

func FuzzE164AgreesWithLibrary(f *testing.F) {
	for _, seed := range []string{"442079460123", "12125550123", "33199001234", "493023125000", "390612345", "5491150012345", "80012345678", "78005551234"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, digits string) {
		if onlyDigits(digits) && len(digits) <= 18 {
			sameAsLibrary(t, "+"+digits)
		}
	})
}

func FuzzShortWayAgreesWithLibrary(f *testing.F) {
	for _, region := range []string{"GB", "DE", "NL", "FR", "AU", "JP", "CN", "UA", "ZA", "IR"} {
		f.Add("02079460123", region)
		f.Add("0301234567", region)
	}
	f.Fuzz(func(t *testing.T, digits, region string) {
		if !onlyDigits(digits) || len(digits) > maxDialled {
			return
		}
		if ours, ok := nationalTrunk(digits, region); ok {
			if theirs, ok := national(digits, region, valid); !ok || theirs != ours {
				t.Errorf("%s: %s is %+v by the short way, %+v by the long one", region, digits, ours, theirs)
			}
		}
	})
}

func BenchmarkParseE164(b *testing.B) {
	const text = "+442079460123"
	b.Run("ranges", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := parseE164(text); !ok {
				b.Fatal("not read")
			}
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n, err := phonenumbers.Parse(text, "ZZ")
			if err != nil || !phonenumbers.IsValidNumber(n) {
				b.Fatal(err)
			}
			_, _ = phonenumbers.GetNumberType(n), phonenumbers.Format(n, phonenumbers.E164)
		}
	})
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(text, DialPlan{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Parse/national", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse("020 7946 0123", DialPlan{Country: "GB"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
