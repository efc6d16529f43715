package crm

import (
	"testing"
)

func TestTextf(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]struct {
		value  any
		nl, en string
	}{
		"a count":                           {7, "7", "7"},
		"a count of three digits":           {999, "999", "999"},
		"a count of four digits":            {1000, "1.000", "1,000"},
		"a count of seven digits":           {int64(1234567), "1.234.567", "1,234,567"},
		"a count below zero":                {-100000, "-100.000", "-100,000"},
		"a decimal":                         {Decimal(123450), "1.234,50", "1,234.50"},
		"a decimal just below zero":         {Decimal(-5), "-0,05", "-0.05"},
		"an amount":                         {Money{70_000_00}, "€ 70.000,00", "€70,000.00"},
		"an amount below zero":              {Money{-12_50}, "€ -12,50", "-€12.50"},
		"a day":                             {Date("2026-11-29"), "29 november 2026", "29 November 2026"},
		"a word in both languages":          {Text{NL: "open", EN: "undecided"}, "open", "undecided"},
		"a text, also one that is a number": {"10002", "10002", "10002"},
	} {
		t.Run("writes "+name, func(t *testing.T) {
			t.Parallel()
			if got, want := Textf("Dit is %s.", "This is %s.", given.value), (Text{"Dit is " + given.nl + ".", "This is " + given.en + "."}); got != want {
				t.Errorf("%v is %q, want %q", given.value, got, want)
			}
		})
	}
}
