package phone

// Explanation says what a text was read as, and why not when it was not. Its
// JSON form is what `ctiagent number` prints, one object a line.
type Explanation struct {
	Input    string            `json:"input"`
	Numbers  []ExplainedNumber `json:"numbers"`
	Rejected string            `json:"rejected"` // in words; "" when there are numbers
}

// ExplainedNumber is one number of an Explanation. E164 is "" for numbers that
// exist only at the site or inside the country: then Local has the digits.
type ExplainedNumber struct {
	E164      string `json:"e164"`
	Extension string `json:"extension"`
	Kind      Kind   `json:"kind"`
	Local     string `json:"local,omitempty"`
}

// Explain reads any text.
func Explain(text string, plan DialPlan) Explanation {
	explanation := Explanation{Input: text, Numbers: []ExplainedNumber{}}
	found, err := ParseAll(text, plan)
	if err != nil {
		explanation.Rejected = reasonWords(err)
		return explanation
	}
	for _, n := range found {
		explanation.Numbers = append(explanation.Numbers, ExplainedNumber{
			E164: n.E164(), Extension: n.Extension(), Kind: n.Kind(), Local: n.Local(),
		})
	}
	return explanation
}
