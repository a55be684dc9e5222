package phone

import (
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
