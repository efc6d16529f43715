package crm

// GoBack gives a blank card the fields of another, by the way of the log.
func GoBack[C any](blank, card *C) error {
	values := make(map[string]any)
	for _, change := range changesBetween(new(C), card) {
		values[change.Field] = change.To
	}
	return goBack(blank, values)
}
