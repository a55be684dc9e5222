package phone

import (
	"strings"
	"testing"
)

func TestDial(t *testing.T) {
	t.Parallel()
	with := func(p DialPlan, change func(*DialPlan)) DialPlan { change(&p); return p }
	hosted := DialPlan{Country: "GB", InternalMin: 3, InternalMax: 4}
	digits := with(hosted, func(p *DialPlan) { p.DialForm = DialInternational })
	trunk := with(hosted, func(p *DialPlan) { p.DialForm = DialNational })
	us := DialPlan{Country: "US", OutsidePrefix: "9"}
	tests := []struct {
		name string
		plan DialPlan
		text string
		want string
	}{
		{"hosted", hosted, "020 7946 0123", "+442079460123"},
		{"hosted, abroad", hosted, "+1 212 555 0123", "+12125550123"},
		{"hosted, internal", hosted, "100", "100"},
		{"hosted, emergency", hosted, "999", "999"},
		{"hosted, feature code", hosted, "*72", "*72"},
		{"international", digits, "020 7946 0123", "00442079460123"},
		{"international, internal", digits, "100", "100"},
		{"national", trunk, "+44 20 7946 0123", "02079460123"},
		{"national, abroad", trunk, "+1 212 555 0123", "0012125550123"},
		{"outside line", office, "+44 20 7946 0123", "902079460123"},
		{"outside line, abroad", office, "+1 212 555 0123", "90012125550123"},
		{"outside line, internal", office, "100", "100"},
		{"outside line, short", office, "118118", "9118118"},
		{"outside line, feature code", office, "*72", "*72"},
		{"outside line, emergency", office, "999", "9999"},
		{"outside line, emergency typed with it", office, "9999", "9999"},
		{"outside line, emergency direct", with(office, func(p *DialPlan) { p.EmergencyDirect = true }), "9999", "999"},
		{"outside line, E.164", with(office, func(p *DialPlan) { p.DialForm = DialE164 }), "020 7946 0123", "+442079460123"},
		{"North America", us, "(212) 555-0123", "912125550123"},
		{"North America, neighbour", us, "+1 416 555 0123", "914165550123"},
		{"North America, abroad", us, "+44 20 7946 0123", "9011442079460123"},
		{"Italy keeps its zero", DialPlan{Country: "IT", DialForm: DialNational}, "+39 06 1234567", "061234567"},
		{"Russia", DialPlan{Country: "RU", DialForm: DialNational}, "+44 20 7946 0123", "810442079460123"},
		{"Australia", DialPlan{Country: "AU", DialForm: DialInternational}, "+44 20 7946 0123", "0011442079460123"},
		{"without extension", hosted, "020 7946 0123 x12", "+442079460123"},
		{"without post-dial digits", hosted, "020 7946 0123,,12", "+442079460123"},
	}
	for _, test := range tests {
		n, err := Parse(test.text, test.plan)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := n.Dial(test.plan); got != test.want {
			t.Errorf("%s: %q is dialled as %q, want %q", test.name, test.text, got, test.want)
		}
	}
	if got := (Number{}).Dial(office) + WithheldNumber(Anonymous).Dial(office) + FromNetwork("alice", office).Dial(office); got != "" {
		t.Errorf("no number is dialled as %q", got)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"02079460123":    {"+44 20 7946 0123", "020 7946 0123"},
		"+12125550123":   {"+1 212-555-0123", "(212) 555-0123"},
		"+493023125123":  {"+49 30 23125123", "030 23125123"},
		"+33199001234":   {"+33 1 99 00 12 34", "01 99 00 12 34"},
		"+39061234567":   {"+39 06 123 4567", "06 123 4567"},
		"100":            {"100", ""},
		"999":            {"999", ""},
		"*72":            {"*72", ""},
		"+8001234567890": {"", ""},
	} {
		n, err := Parse(text, office)
		if err != nil {
			if want[0] != "" {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if got := [2]string{n.Format(), n.National()}; got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
	if WithheldNumber(Anonymous).Format() != "" || (Number{}).National() != "" {
		t.Error("no number is written as something")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, plan := range []DialPlan{
		britain, office, {Country: "de", AreaCode: "30", OutsidePrefix: "0", DialForm: DialNational},
		{Country: "IT", AreaCode: "06"}, {Country: "US", AreaCode: "212", OutsidePrefix: "*9"},
	} {
		if err := plan.Validate(); err != nil {
			t.Errorf("%+v: %v", plan, err)
		}
	}
	for want, plan := range map[string]DialPlan{
		"country is missing":       {},
		"not a country code":       {Country: "UK"},
		"digits alone":             {Country: "GB", AreaCode: "+20"},
		"without the leading 0":    {Country: "GB", AreaCode: "020"},
		"longer than any":          {Country: "GB", AreaCode: "2079460"},
		"outside prefix":           {Country: "GB", OutsidePrefix: "0-"},
		"up to four":               {Country: "GB", OutsidePrefix: "12345"},
		"negative":                 {Country: "GB", InternalMin: -1, InternalMax: 3},
		"or neither":               {Country: "GB", InternalMax: 3},
		"longer than the longest":  {Country: "GB", InternalMin: 4, InternalMax: 3},
		"at most 10 digits":        {Country: "GB", InternalMin: 4, InternalMax: 11},
		`dial form "E.164" is not`: {Country: "GB", DialForm: "E.164"},
	} {
		if err := plan.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", plan, err, want)
		}
	}
}

func TestCountryName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ cc, lang, want string }{
		{"GB", "en", "United Kingdom"}, {"GB", "de", "Vereinigtes Königreich"}, {"GB", "nl", "Verenigd Koninkrijk"},
		{"NL", "nl", "Nederland"}, {"DE", "en-GB", "Germany"}, {"DE", "xx", "Germany"}, {"DE", "", "Germany"},
		{"XX", "en", "XX"}, {"", "en", ""}, {"001", "en", "001"},
	} {
		if got := CountryName(test.cc, test.lang); got != test.want {
			t.Errorf("CountryName(%q, %q) = %q, want %q", test.cc, test.lang, got, test.want)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for e164, want := range map[string]string{
		"+442079460123": "", "+493023125123": "Berlin", "+12125550123": "", "+441214960123": "Birmingham",
		"+447400123456": "", "+448081570123": "",
	} {
		got := FromNetwork(e164, britain).Place("en")
		t.Log(e164, got)
		if want != "" && got != want {
			t.Errorf("Place of %s = %q, want %q", e164, got, want)
		}
	}
}
