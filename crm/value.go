package crm

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Date is a calendar day in Europe/Amsterdam, as YYYY-MM-DD. It sorts as text.
type Date string

// MarshalGQL writes the day.
func (d Date) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(string(d))) }

// UnmarshalGQL reads a day and refuses one that is not in the calendar.
func (d *Date) UnmarshalGQL(v any) error {
	text, ok := v.(string)
	if !ok {
		return badScalar("Een datum is een tekst zoals 2026-11-23.", "A date is a text such as 2026-11-23.")
	}
	if day, err := time.Parse(time.DateOnly, text); err != nil || !imaginable(day) {
		return badScalar("Een datum is een dag van de kalender tussen 1900 en 2200, zoals 2026-11-23.", "A date is a day of the calendar between 1900 and 2200, such as 2026-11-23.")
	}
	*d = Date(text)
	return nil
}

// imaginable tells whether something can have happened then, or be planned for then: no year is a slip of the keys.
func imaginable(day time.Time) bool { return day.Year() >= 1900 && day.Year() < 2200 }

// noon is the middle of a day somewhere.
func (d Date) noon(where *time.Location) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, string(d), where)
	if err != nil {
		panic(fmt.Sprintf("a checked date must read: %v", err))
	}
	return day.Add(12 * time.Hour)
}

// Decimal is an exact number in hundredths: 82.50 is 8250.
type Decimal int64

// String writes the number with two digits after the point.
func (d Decimal) String() string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d.%02d", sign, d/100, d%100)
}

// MarshalGQL writes the number as text.
func (d Decimal) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(d.String())) }

// MarshalJSON writes the number as text, as the API does.
func (d Decimal) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads the number as MarshalJSON writes it.
func (d *Decimal) UnmarshalJSON(encoded []byte) error {
	var text string
	if err := json.Unmarshal(encoded, &text); err != nil {
		return err
	}
	return d.UnmarshalGQL(text)
}

// Value stores the number as hundredths.
func (d Decimal) Value() (driver.Value, error) { return int64(d), nil }

// UnmarshalGQL reads a number with at most two digits after the point, and below ten trillion.
func (d *Decimal) UnmarshalGQL(v any) error {
	text := ""
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	case int64:
		text = strconv.FormatInt(v, 10)
	}
	if !regexp.MustCompile(`^-?\d{1,13}(\.\d{1,2})?$`).MatchString(text) {
		return badScalar("Een decimaal getal heeft ten hoogste dertien cijfers voor de punt en twee erachter, zoals 82.50.", "A decimal has at most thirteen digits before the point and two behind it, such as 82.50.")
	}
	whole, fraction, _ := strings.Cut(text, ".")
	hundredths, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	*d = Decimal(hundredths)
	return err
}

// Money is an amount in euros, without VAT unless said otherwise.
type Money struct {
	Amount Decimal
}

// Currency is the ISO 4217 code of the amount.
func (Money) Currency() string { return "EUR" }

// MoneyInput is an amount as input.
type MoneyInput struct {
	Amount Decimal
}

func (m *MoneyInput) decimal() *Decimal {
	if m == nil {
		return nil
	}
	return &m.Amount
}

func euros(amount *Decimal) *Money {
	if amount == nil {
		return nil
	}
	return &Money{Amount: *amount}
}

// UnmarshalGQL reads an id and refuses what does not have the form of one.
func (id *ID) UnmarshalGQL(v any) error {
	text, ok := v.(string)
	if !ok || !ID(text).Valid() {
		return badScalar("Dit is geen id van deze API.", "This is not an id of this API.")
	}
	*id = ID(text)
	return nil
}

// MarshalGQL writes the id.
func (id ID) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(string(id))) }

// badScalar refuses an argument before any business is done: the program that sent it is wrong.
func badScalar(nl, en string) error {
	return &Error{Code: BadInput, Text: Text{NL: nl, EN: en}}
}
