package crm_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"klantkaart/crm"
)

func TestDate(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"2026-11-23", "2024-02-29", "1900-01-01", "2199-12-31"} {
		var d crm.Date
		if err := d.UnmarshalGQL(good); err != nil || string(d) != good {
			t.Errorf("%s became %s, %v", good, d, err)
		}
	}
	for _, bad := range []any{"2026-02-29", "0001-01-01", "1899-12-31", "2200-01-01", "2026-13-01", "26-11-23", "2026-11-23T00:00:00Z", "2026-1-1", "", " 2026-11-23", "23-11-2026", 20261123, nil} {
		refused(t, new(crm.Date).UnmarshalGQL(bad), crm.BadInput)
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for in, want := range map[any]string{"82.50": "82.50", "82.5": "82.50", "82": "82.00", "-0.05": "-0.05", "0": "0.00", "9999999999999.99": "9999999999999.99",
		json.Number("12.34"): "12.34", int64(7): "7.00", "-12": "-12.00"} {
		var d crm.Decimal
		if err := d.UnmarshalGQL(in); err != nil || d.String() != want {
			t.Errorf("%v became %s, %v; want %s", in, d, err, want)
		}
	}
	for _, bad := range []any{"1.234", "1,50", "", ".5", "5.", "1e3", "+1", "12345678901234", "€ 1", "0x1", " 1", "NaN", json.Number("1e3"), 1.5, nil, true} {
		refused(t, new(crm.Decimal).UnmarshalGQL(bad), crm.BadInput)
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	source := uuid.MustParse("01234567-89ab-7def-8123-456789abcdef")
	good := "cus_" + strings.ToLower(encodeID(source))
	var id crm.ID
	if err := id.UnmarshalGQL(good); err != nil || string(id) != good || id.Prefix() != "cus" {
		t.Fatalf("%s became %s, %v", good, id, err)
	}
	for _, bad := range []any{"", "cus", "cus_", good + "0", good[:len(good)-1], strings.ToUpper(good), "cust" + good[3:], good[4:], "cus-" + good[4:],
		good[:len(good)-1] + "z", "cus_" + strings.Repeat("u", 26), "cus_" + strings.Repeat("é", 13), good + "\n", 1, nil} {
		refused(t, new(crm.ID).UnmarshalGQL(bad), crm.BadInput)
	}
}

// encodeID writes sixteen bytes in Crockford's base32, five bits at a time.
func encodeID(u uuid.UUID) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var b strings.Builder
	for bit := 0; bit < 128; bit += 5 {
		digit := 0
		for i := bit; i < bit+5; i++ {
			digit <<= 1
			if i < 128 {
				digit |= int(u[i/8]>>(7-i%8)) & 1
			}
		}
		b.WriteByte(alphabet[digit])
	}
	return b.String()
}
