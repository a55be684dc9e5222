package phone

import (
	"github.com/nyaruka/phonenumbers/v2/geocoding"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// CountryName is the name of a country (ISO 3166-1 alpha-2) in a language
// (BCP 47, such as "en", "de" or "nl"); the code itself where no name is known.
func CountryName(cc, lang string) string {
	region, err := language.ParseRegion(cc)
	if err != nil || !region.IsCountry() {
		return cc
	}
	names := display.Regions(language.Make(lang))
	if names == nil {
		names = display.English.Regions()
	}
	if name := names.Name(region); name != "" {
		return name
	}
	return cc
}

// Place is the town or region of a fixed line in a language, "" where numbers
// do not tell, as with mobile ones. A number moved to another place keeps
// telling the old one.
func (n Number) Place(lang string) string {
	p := n.open()
	if p.e164 == "" || p.kind != Fixed && p.kind != FixedOrMobile {
		return ""
	}
	place, err := geocoding.GetDescriptionForValidNumber(p.library(), lang)
	// The library falls back to the country, which is told apart by Country.
	if err != nil || place == CountryName(p.country, lang) || place == CountryName(p.country, "en") {
		return ""
	}
	return place
}
