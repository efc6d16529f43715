package crm

import (
	"fmt"
	"strconv"
	"strings"

	"klantkaart/sheet"
)

// Textf is a sentence with values in it, in the places of %s: counts, amounts, decimals, days and texts, each as the
// sentence's language writes it.
func Textf(nl, en string, values ...any) Text {
	return Text{NL: fmt.Sprintf(nl, wordedIn(LanguageNL, values)...), EN: fmt.Sprintf(en, wordedIn(LanguageEN, values)...)}
}

func wordedIn(language Language, values []any) []any {
	worded := make([]any, len(values))
	for i, value := range values {
		switch value := value.(type) {
		case int:
			worded[i] = countIn(language, int64(value))
		case int64:
			worded[i] = countIn(language, value)
		case Decimal:
			worded[i] = decimalIn(language, value)
		case Money:
			worded[i] = moneyIn(language, value)
		case Date:
			worded[i] = dayIn(language, value)
		case Text:
			worded[i] = value.In(language)
		default:
			worded[i] = value
		}
	}
	return worded
}

// countIn writes a whole number with its thousands apart: 20.000 in Dutch, 20,000 in English.
func countIn(language Language, n int64) string {
	separator := ","
	if language == LanguageNL {
		separator = "."
	}
	return sheet.Grouped(strconv.FormatInt(n, 10), separator)
}

// decimalIn writes a number with two digits behind its point: 1.234,50 in Dutch, 1,234.50 in English.
func decimalIn(language Language, d Decimal) string {
	whole, fraction, _ := strings.Cut(d.String(), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") { // of what is above -1 the whole has no sign of its own
		sign, whole = "-", whole[1:]
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		panic(err) // Decimal wrote it
	}
	point := "."
	if language == LanguageNL {
		point = ","
	}
	return sign + countIn(language, n) + point + fraction
}

// moneyIn writes an amount with its sign: € 70.000,00 in Dutch, €70,000.00 in English.
func moneyIn(language Language, m Money) string {
	amount := decimalIn(language, m.Amount)
	if language == LanguageNL {
		return "€ " + amount
	}
	if below, negative := strings.CutPrefix(amount, "-"); negative {
		return "-€" + below
	}
	return "€" + amount
}
