package phone

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

var (
	netherlands = DialPlan{Country: "NL"}
	britain     = DialPlan{Country: "GB"}
	// office is a site with everything: own area, outside line, internal numbers.
	office = DialPlan{Country: "GB", AreaCode: "20", OutsidePrefix: "9", InternalMin: 3, InternalMax: 4}
)

// spelled shows what was read: numbers with "x" before an extension, local
// ones by kind, or the key of the refusal.
func spelled(numbers []Number, err error) string {
	if err != nil {
		return strings.TrimPrefix(ReasonKey(err), "phone.refuse.")
	}
	var words []string
	for _, n := range numbers {
		word := n.E164()
		if word == "" {
			word = string(n.Kind()) + ":" + n.Local()
		}
		if n.Extension() != "" {
			word += "x" + n.Extension()
		}
		words = append(words, word+n.PostDial())
	}
	return strings.Join(words, " ")
}

// TestDirtyData reads cells as customers' databases hold them. All numbers are
// invented; the Dutch ones lie in no range reserved for that, because none is.
func TestDirtyData(t *testing.T) {
	t.Parallel()
	const ours = "+31356990230"
	tests := []struct{ in, all, one string }{
		// Ways of writing one number.
		{"0031 (0)35 699 02 30", ours, ours},
		{"035-6990230", ours, ours},
		{"+31 (0) 35 6990230", ours, ours},
		{"31356990230", ours, ours},
		{"35 6990230", ours, ours},
		{"(035) 699.02.30", ours, ours},
		{"+31 35 699 02 30", ours, ours},
		{"++31356990230", ours, ours},
		{"+0031356990230", ours, ours},
		{"+31 0356990230", ours, ours},
		{"tel:6990230;phone-context=+3135", ours, ours},
		{"tel:035-6990230;phone-context=+31", ours, ours},
		{"T: 035-6990230", ours, ours},
		{"Tel. 035 6990230", ours, ours},
		{"+44 (0)20 7946 0123", "+442079460123", "+442079460123"},
		// Other characters for the same thing.
		{"０３５６９９０２３０", ours, ours},
		{"＋３１ ３５ ６９９０２３０", ours, ours},
		{"٠٣٥٦٩٩٠٢٣٠", ours, ours},
		{"035\u00a0699\u201302\u202f30", ours, ours},
		{"\u202a+31 35 699 0230\u202c", ours, ours},
		{"\ufeff035\u200b6990230", ours, ours},
		{"O35-699O23O", ours, ours},
		// What spreadsheets do.
		{`="0356990230"`, ours, ours},
		{"'0356990230", ours, ours},
		{`"0356990230"`, ours, ours},
		{"31356990230.0", ours, ours},
		{"3.5699023E+8", "scientific", "scientific"},
		{"3,1E+10", "scientific", "scientific"},
		{"3.1E10", "scientific", "scientific"},
		// Extensions in the words of several countries.
		{"035-6990230 ext 12", ours + "x12", ours + "x12"},
		{"035-6990230x12", ours + "x12", ours + "x12"},
		{"035-6990230 tst. 12", ours + "x12", ours + "x12"},
		{"035-6990230 toestel 12", ours + "x12", ours + "x12"},
		{"035-6990230, doorkies: 12", ours + "x12", ours + "x12"},
		{"035-6990230 (tst 12)", ours + "x12", ours + "x12"},
		{"+49 30 23125 0 Durchwahl 12", "+4930231250x12", "+4930231250x12"},
		{"+49 30 23125 0 DW 12", "+4930231250x12", "+4930231250x12"},
		{"+49 30 23125 0 App. 12", "+4930231250x12", "+4930231250x12"},
		{"+33 1 99 00 12 34 poste 12", "+33199001234x12", "+33199001234x12"},
		{"+39 06 1234567 int. 12", "+39061234567x12", "+39061234567x12"},
		{"+44 20 7946 0123 #12", "+442079460123x12", "+442079460123x12"},
		{"bel 035-6990230 toestel 12 overdag", ours + "x12", ours + "x12"},
		{"+44 20 7946 0123,,12#", "+442079460123,,12#", "+442079460123,,12#"},
		{"+44 20 7946 0123p12", "+442079460123,12", "+442079460123,12"},
		{"+44 20 7946 0123w12", "+442079460123;12", "+442079460123;12"},
		// Several in one cell, remarks, neighbours.
		{"06-12345678 / 035-6990230", "+31612345678 " + ours, "several"},
		{"035-6990230; 0612345678", ours + " +31612345678", "several"},
		{"035-6990230;0612345678", ours + " +31612345678", "several"},
		{"035-6990230,0612345678", ours + " +31612345678", "several"},
		{"035-6990230\n0612345678", ours + " +31612345678", "control"},
		{"0356990230 0612345678", ours + " +31612345678", "several"},
		{"Kantoor 035-6990230, mobiel 06-12345678", ours + " +31612345678", "several"},
		{"call 0356990230 or 0612345678 now", ours + " +31612345678", "several"},
		{"035-6990230 of 035 699 02 30", ours, ours},
		{"035-6990230 (privé)", ours, ours},
		{"(privé) 035-6990230", ours, ours},
		{"035-6990230 [na 18:00 niet]", ours, ours},
		{"035-6990230/31", ours + " +31356990231", ours},
		{"Jan de Vries\t035-6990230", ours, "control"},
		// Written otherwise since.
		{"+52 1 55 1234 5678", "+525512345678", "+525512345678"},
		{"+54 9 11 5001-2345", "+5491150012345", "+5491150012345"},
		{"+55 11 6123-4567", "+5511961234567", "+5511961234567"},
		// Real ranges that look odd.
		{"14035", "+3114035", "+3114035"},
		{"085 123 4567", "+31851234567", "+31851234567"},
		{"088 123 4567", "+31881234567", "+31881234567"},
		{"0800 1234", "+318001234", "+318001234"},
		// No numbers.
		{"", "empty", "empty"},
		{"   ", "empty", "empty"},
		{"-", "empty", "empty"},
		{"n/a", "letters", "letters"},
		{"6990230", "form", "form"},
		{"0", "few", "few"},
		{"12", "few", "few"},
		{"101", "form", "form"},
		{"0000000000", "repeated", "repeated"},
		{"9999999999", "repeated", "repeated"},
		{"+12345678901234567", "digits", "digits"},
		{"123456789012345678", "digits", "digits"},
		{"12345678901234567890123", "digits", "digits"},
		{"anonymous", "withheld", "withheld"},
		{"info@example.org", "letters", "letters"},
		{"02079\x0046", "none", "control"},
		{strings.Repeat("0356990230 ", 30), ours, "long"},
		// Local ones.
		{"112", "emergency:112", "emergency:112"},
		{"112 (spoed)", "emergency:112", "emergency:112"},
		{"*21*100#", "featureCode:*21*100#", "featureCode:*21*100#"},
		{"#31#", "featureCode:#31#", "featureCode:#31#"},
	}
	for _, test := range tests {
		if got := spelled(ParseAll(test.in, netherlands)); got != test.all {
			t.Errorf("ParseAll(%q) = %s, want %s", test.in, got, test.all)
		}
		n, err := Parse(test.in, netherlands)
		if got := spelled([]Number{n}, err); got != test.one {
			t.Errorf("Parse(%q) = %s, want %s", test.in, got, test.one)
		}
		if err == nil && n.Raw() != test.in {
			t.Errorf("Parse(%q) keeps %q as its raw text", test.in, n.Raw())
		}
		if err != nil && !errors.Is(err, ErrNotANumber) {
			t.Errorf("Parse(%q): %v does not wrap ErrNotANumber", test.in, err)
		}
	}
}

func TestVanityNumbers(t *testing.T) {
	t.Parallel()
	us := DialPlan{Country: "US"}
	for in, want := range map[string]string{
		"1-800-FLOWERS":       "+18003569377",
		"212 555 CALLME":      "letters", // an ordinary number is not spelled
		"1-800-356-9377 ASAP": "+18003569377",
	} {
		n, err := Parse(in, us)
		if got := spelled([]Number{n}, err); got != want {
			t.Errorf("Parse(%q) = %s, want %s", in, got, want)
		}
	}
}

// TestUnverified keeps a number whose range no table knows, as an exact key
// that is asked about before it is dialled.
func TestUnverified(t *testing.T) {
	t.Parallel()
	n, err := Parse("02/123.45.67", DialPlan{Country: "BE"})
	if err != nil || n.E164() != "+3221234567" || n.Kind() != Unknown || n.Country() != "BE" {
		t.Errorf("got %q %s %q, %v", n.E164(), n.Kind(), n.Country(), err)
	}
}

// TestSite reads what people at one office type.
func TestSite(t *testing.T) {
	t.Parallel()
	berlin := DialPlan{Country: "DE", AreaCode: "30", OutsidePrefix: "0", InternalMin: 2, InternalMax: 3}
	newYork := DialPlan{Country: "US", AreaCode: "212", OutsidePrefix: "9", InternalMin: 4, InternalMax: 4}
	rome := DialPlan{Country: "IT", AreaCode: "06"}
	tests := []struct {
		plan DialPlan
		in   string
		want string
	}{
		{office, "7946 0123", "+442079460123"},
		{office, "020 7946 0123", "+442079460123"},
		{office, "9 020 7946 0123", "+442079460123"},
		{office, "9 7946 0123", "+442079460123"},
		{office, "9 00 1 212 555 0123", "+12125550123"},
		{office, "07700 900123", "+447700900123"},
		{office, "100", "internal:100"},
		{office, "1 00", "internal:100"},
		{office, "0100", "internal:0100"},
		{office, "12345", "form"},
		{office, "999", "emergency:999"},
		{office, "9999", "emergency:999"},
		{office, "9112", "emergency:112"},
		{office, "118118", "short:118118"},
		{office, "9118118", "short:118118"},
		{berlin, "23125123", "+493023125123"},
		{berlin, "030 23125123", "+493023125123"},
		{berlin, "0 030 23125123", "+493023125123"},
		{berlin, "0 00 44 20 7946 0123", "+442079460123"},
		{berlin, "0044 20 7946 0123", "+442079460123"},
		{berlin, "110", "emergency:110"},
		{berlin, "0110", "emergency:110"},
		{berlin, "11", "internal:11"},
		{newYork, "555 0123", "+12125550123"},
		{newYork, "212 555 0123", "+12125550123"},
		{newYork, "1 212 555 0123", "+12125550123"},
		{newYork, "9 1 212 555 0123", "+12125550123"},
		{newYork, "9 011 44 20 7946 0123", "+442079460123"},
		{newYork, "911", "emergency:911"},
		{newYork, "9911", "emergency:911"},
		{newYork, "0123", "internal:0123"},
		{newYork, "411", "short:411"},
		{rome, "06 1234567", "+39061234567"},
		{rome, "1234567", "+39061234567"},
		{DialPlan{Country: "gb"}, "020 7946 0123", "+442079460123"},
		{DialPlan{}, "+44 20 7946 0123", "+442079460123"},
		{DialPlan{}, "0044 20 7946 0123", "+442079460123"},
		{DialPlan{}, "020 7946 0123", "country"},
		{DialPlan{}, "112", "emergency:112"},
		{DialPlan{}, "999", "country"},
	}
	for _, test := range tests {
		n, err := Parse(test.in, test.plan)
		if got := spelled([]Number{n}, err); got != test.want {
			t.Errorf("Parse(%q) at a site in %s = %s, want %s", test.in, test.plan.Country, got, test.want)
		}
	}
}

// TestUnverifiedAmongWords: a number that is read when it stands alone is not
// lost among others.
func TestUnverifiedAmongWords(t *testing.T) {
	t.Parallel()
	const berlin, invented = "+493023125100", "+441632960123"
	tests := []struct{ in, all, one string }{
		{"030 23125100 or +44 1632 960123 ext 5", berlin + " " + invented + "x5", "several"},
		{"+44 1632 960123 ext 5 or 030 23125100", invented + "x5 " + berlin, "several"},
		{"call 030 23125100 and not +44 1632 960123 now", berlin + " " + invented, "several"},
		{"call +44 1632 960123 now", invented, invented},
		{"(+44) 1632 960123", invented, invented},
		{"Jane (+44 1632 960123) or Joe", invented, invented},
		{"+44 1632 960123 / +49 30 23125 100", invented + " " + berlin, "several"},
		{"+44 1632 960123; +44 1632 960123", invented, invented},
		{"+44 1632 960123 (at night)", invented, invented},
		{"+44 1632 960123,,12#", invented + ",,12#", invented + ",,12#"},
		{"jane+441632960123@example.org", "letters", "letters"},
		{"x+441632960123", "letters", "letters"},
		{"+441632960123x", "letters", "letters"},
		{"order +99916329601", "letters", "letters"},
		{"C++ 20 23 11", "letters", "letters"},
	}
	for _, test := range tests {
		plan := DialPlan{Country: "DE"}
		if got := spelled(ParseAll(test.in, plan)); got != test.all {
			t.Errorf("ParseAll(%q) = %s, want %s", test.in, got, test.all)
		}
		n, err := Parse(test.in, plan)
		if got := spelled([]Number{n}, err); got != test.one {
			t.Errorf("Parse(%q) = %s, want %s", test.in, got, test.one)
		}
	}
	found, _ := ParseAll("030 23125100 or +44 1632 960123 ext 5", DialPlan{Country: "DE"})
	if len(found) != 2 || found[1].Kind() != Unknown {
		t.Errorf("the kind of the second of %d is not unknown", len(found))
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"020 7946 0123 x12": `{"input":"020 7946 0123 x12","numbers":[{"e164":"+442079460123","extension":"12","kind":"fixed"}],"rejected":""}`,
		"100":               `{"input":"100","numbers":[{"e164":"","extension":"","kind":"internal","local":"100"}],"rejected":""}`,
		"3.1E+10":           `{"input":"3.1E+10","numbers":[],"rejected":"a spreadsheet turned it into a figure with an exponent and the digits are lost; format the column as text and export it again"}`,
		"":                  `{"input":"","numbers":[],"rejected":"there is no digit in it"}`,
	} {
		got, err := json.Marshal(Explain(in, office))
		if err != nil || string(got) != want {
			t.Errorf("Explain(%q)\n got %s\nwant %s (%v)", in, got, want, err)
		}
	}
}

func TestEveryRefusalHasWords(t *testing.T) {
	t.Parallel()
	for key, words := range Texts() {
		if !strings.HasPrefix(key, "phone.") || !strings.HasSuffix(words, ".") || strings.Contains(words, ": .") {
			t.Errorf("%s: %q is not a sentence", key, words)
		}
	}
	for _, kind := range kinds {
		d := DecideNumber(parts{local: "1", kind: kind}.seal(), office, FromPerson)
		if d.Reason == "" {
			t.Errorf("%s: no reason in words for %s", kind, d.Action)
		}
	}
}

// TestFreeTextIsBounded makes sure that hostile text costs no more than its
// length is worth.
func TestFreeTextIsBounded(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("12345678;", maxFreeText/9), strings.Repeat("(", maxFreeText),
	} {
		if found, err := ParseAll(text, britain); err == nil && len(found) > maxFound {
			t.Errorf("%d numbers found in one text", len(found))
		}
	}
	if _, err := ParseAll(strings.Repeat(" ", maxFreeText+1), britain); ReasonKey(err) != string(refuseLong) {
		t.Errorf("a text beyond the limit: %v", err)
	}
}
