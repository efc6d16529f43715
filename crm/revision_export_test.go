package crm

import (
	"context"
	"reflect"

	"klantkaart/db"
)

// BuildsOn are the fields that a transition counts on, also where it does not change them.
func (k EventKind) BuildsOn() []string { return k.buildsOn() }

// OfPreferences tells whether a change is of what a card states about its invoices.
func OfPreferences(field string) bool {
	_, stated := statedFields(&statement{})[field]
	return stated && field != "vatRegime" && field != "gAccountPercentage" // which a relation has on its card
}

// Stated are the preferences that a card states, by their names in the API.
func Stated(ctx context.Context, conn db.Conn, office, owner ID) (map[string]any, error) {
	rows, err := db.Rows[*statement](ctx, conn, "SELECT "+db.Columns[*statement](ctx, conn)+
		" FROM invoicing_preferences AS t WHERE t.organization_id = ? AND t.owner_id = ?", string(office), string(owner))
	stated := &statement{}
	if err == nil && len(rows) > 0 {
		stated = rows[0]
	}
	return statedFields(stated), err
}

// GoBack gives a blank card the fields of another, by the way of the log.
func GoBack[C any](blank, card *C) error {
	values := make(map[string]any)
	for _, change := range changesBetween(new(C), card) {
		values[change.Field] = change.To
	}
	return goBack(blank, values)
}

func statedFields(s *statement) map[string]any {
	fields := make(map[string]any)
	eachPreference(s, func(name string, field reflect.Value) { fields[name] = logged(field.Interface()) })
	return fields
}
