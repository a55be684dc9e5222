package phone

// Warm reads one number of the site's country and one of the North American
// plan, whose twenty-five regions are otherwise looked through, some tens of
// milliseconds, while the first such caller waits. Call it beside other work.
func Warm(plan DialPlan) {
	for _, number := range []string{"+442079460100", "+12125550100", "2079460100"} {
		n := FromNetwork(number, plan)
		_, _, _ = n.Kind(), n.Format(), n.National()
	}
}
