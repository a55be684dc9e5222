package phone

import (
	"slices"
	"testing"

	"github.com/nyaruka/phonenumbers/v2"
)

// TestEveryRegionRoundTrips writes an example of each kind in each country in
// every customary form and reads it back. It has to run at every new edition
// of the library's metadata.
func TestEveryRegionRoundTrips(t *testing.T) {
	t.Parallel()
	var regions, trips int
	for region := range phonenumbers.GetSupportedRegions() {
		regions++
		plan := DialPlan{Country: region}
		for _, kind := range []phonenumbers.PhoneNumberType{
			phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE,
			phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.UAN,
		} {
			example := phonenumbers.GetExampleNumberForTypeInRegion(region, kind)
			if example == nil {
				continue
			}
			want := phonenumbers.Format(example, phonenumbers.E164)
			home, err := Parse(want, plan)
			if err != nil {
				t.Errorf("%s: %s: %v", region, want, err)
				continue
			}
			// Countries that share a calling code share some ranges too; the
			// library names the main country for those.
			if home.E164() != want || home.Country() != countryOf(phonenumbers.GetRegionCodeForNumber(example)) {
				t.Errorf("%s: %s is read as %s of %s", region, want, home.E164(), home.Country())
			}
			if DecideNumber(home, plan, FromLink).Foreign {
				t.Errorf("%s: %s is foreign at home", region, want)
			}
			if home.Kind() != libraryKind(phonenumbers.GetNumberType(example)) {
				t.Errorf("%s: %s is %s", region, want, home.Kind())
			}
			for form, text := range map[string]string{
				"international": home.Format(),
				"national":      home.National(),
				"tel link":      home.URI(),
				"from here":     internationalPrefix(region) + want[1:],
				"dialled":       home.Dial(DialPlan{Country: region, DialForm: DialNational}),
				"without plus":  want[1:],
				"reported":      want,
			} {
				if form == "without plus" {
					if n := FromNetwork(text, plan); n.E164() != want && !ambiguous(text, region, n) {
						t.Errorf("%s: %s without a plus is read as %s", region, want, n.E164())
					}
					continue
				}
				trips++
				n, err := Parse(text, plan)
				if err != nil {
					t.Errorf("%s: %s as %s, %q: %v", region, want, form, text, err)
				} else if n.E164() != want {
					t.Errorf("%s: %s as %s, %q, is read as %s", region, want, form, text, n.E164())
				}
			}
		}
	}
	if regions < 240 || trips < 4500 {
		t.Errorf("only %d regions and %d round trips", regions, trips)
	}
	t.Logf("%d regions, %d round trips", regions, trips)
}

// ambiguous reports digits that are another known number of the country when
// read as a national one.
func ambiguous(digits, region string, n Number) bool {
	p, ok := national(digits, region, valid)
	return ok && p.e164 == n.E164()
}

// TestEmergencyEverywhere: every emergency number of every country is one
// there, typed, in a link and from the network, whatever the site's plan.
func TestEmergencyEverywhere(t *testing.T) {
	t.Parallel()
	collection, err := phonenumbers.ShortNumberMetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	var regions []string
	for _, short := range collection.GetMetadata() {
		region, example := short.GetId(), short.GetEmergency().GetExampleNumber()
		if example == "" {
			continue
		}
		regions = append(regions, region)
		for _, number := range []string{example, "112", "911"} {
			for _, plan := range []DialPlan{
				{Country: region},
				{Country: region, InternalMin: 3, InternalMax: 4},
				{Country: region, AreaCode: "30", OutsidePrefix: "0"},
			} {
				for _, text := range []string{number, plan.OutsidePrefix + number, "tel:" + number, number + ",1"} {
					d := Decide(text, plan, FromPerson)
					if d.Action != ActionConfirm || !d.Emergency || d.Number.Dial(plan) == "" {
						t.Errorf("%s: %q is %s, %s", region, text, d.Number.Kind(), d.Action)
					}
				}
				if n := FromNetwork(number, plan); n.Kind() != Emergency {
					t.Errorf("%s: %s from the network is %s", region, number, n.Kind())
				}
			}
		}
	}
	if len(regions) < 230 || !slices.Contains(regions, "GB") {
		t.Errorf("only %d countries have emergency numbers", len(regions))
	}
}
