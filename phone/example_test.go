package phone_test

import (
	"fmt"

	"example.org/ctiagent/phone"
)

// site is an office in London: internal numbers of three digits, and a 9 for
// an outside line.
var site = phone.DialPlan{Country: "GB", AreaCode: "20", OutsidePrefix: "9", InternalMin: 3, InternalMax: 3}

func ExampleParse() {
	for _, text := range []string{"7946 0123", "+1 (212) 555-0123 ext. 45", "999", "3.5699023E+8"} {
		n, err := phone.Parse(text, site)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s %s, dialled as %s\n", n.Kind(), n.Format(), n.Dial(site))
	}
	// Output:
	// fixed +44 20 7946 0123, dialled as 902079460123
	// fixedOrMobile +1 212-555-0123, dialled as 90012125550123
	// emergency 999, dialled as 9999
	// not a telephone number: a spreadsheet turned it into a figure with an exponent and the digits are lost; format the column as text and export it again
}

func ExampleDecide() {
	for _, link := range []string{"tel:+1-212-555-0123", "tel:*21*100%23", "sip:alice@example.org"} {
		d := phone.Decide(link, site, phone.FromLink)
		fmt.Println(d.Action, d.Reason)
	}
	// Output:
	// confirm A link asks for a call to another country.
	// refuse A link may not give orders to the telephone system. If you want this, type the code into the dialling field yourself.
	// refuse This is not a telephone number: the link leads to a name, not to a telephone number.
}

func ExampleNumber() {
	n, _ := phone.Parse("020 7946 0123", site)
	fmt.Println(n)        // for logs
	fmt.Println(n.E164()) // for those who need the digits
	// Output:
	// +44…123
	// +442079460123
}
