package crm

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// Some fields of a list hold the text of a value rather than its id: lists of cards are read, filtered and
// ordered by them without a join. What is typed there is brought into the list's spelling, and a renamed value
// is renamed where it stands. See docs/decisions/lookups.md.

// listedColumn is where texts of a list stand.
type listedColumn struct {
	list        LookupListKey
	table, text string
	key         string // the column with the folded text; empty where there is none
}

// listedColumns are all of them.
func listedColumns() []listedColumn {
	return []listedColumn{
		{LegalFormList, "customers", "legal_form", ""},
		{SectorList, "customers", "sector", "sector_key"},
		{ClassificationList, "customers", "classification", "classification_key"},
		{RelationSourceList, "customers", "source", "source_key"},
		{DepartmentList, "contacts", "department", ""},
		{DepartmentList, "contact_functions", "department", ""},
	}
}

// listedText is a field that holds the text of a value of a list.
type listedText struct {
	list   LookupListKey
	field  string
	before *string  // what the card has
	now    **string // what it is to have
}

// checkListed brings texts into the spelling of their lists, in one statement. What is not in the list is a
// fault, and what is out of use, unless the card has it already; a list without values takes any text. The
// values stay as they are until the card is saved.
func (tx *Tx) checkListed(ctx context.Context, fields *patching, texts ...listedText) error {
	var changed []listedText
	var lists []LookupListKey
	for _, text := range texts {
		if *text.now != nil && (text.before == nil || *text.before != **text.now) {
			changed, lists = append(changed, text), append(lists, text.list)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	var values []*LookupValue
	query := tx.NewSelect().Model(&values).Where("t.organization_id = ? AND t.list IN (?)", tx.Actor.OrganizationID, bun.List(lists)).OrderExpr("t.id")
	if err := tx.ForShare(query).Scan(ctx); err != nil {
		return fmt.Errorf("values of %v: %w", lists, err)
	}
	byKey, filled := make(map[listedKey]*LookupValue), make(map[LookupListKey]bool)
	for _, value := range values {
		byKey[listedKey{value.List, value.TextKey}], filled[value.List] = value, true
	}
	for _, text := range changed {
		value := byKey[listedKey{text.list, fold(**text.now)}]
		switch {
		case !filled[text.list]:
		case value != nil && value.Active:
			*text.now = &value.Text
		case text.before != nil && fold(*text.before) == fold(**text.now):
			*text.now = text.before
		case value != nil:
			fields.faults = append(fields.faults, lookupInactive(fields.at(text.field)))
		default:
			name := nameOf(text.list)
			fields.refuse(text.field, Text{
				NL: "Kies een waarde van de lijst " + name.NL + ".",
				EN: "Choose a value of the list " + name.EN + "."})
		}
	}
	return nil
}

// listedAgain looks at texts that come back from the past: what is no longer in its list counts as out of use.
func (tx *Tx) listedAgain(ctx context.Context, texts []listedText) (*patching, error) {
	fields := patchingAt("input")
	err := tx.checkListed(ctx, fields, texts...)
	for i, fault := range fields.faults {
		fields.faults[i] = lookupInactive(fault.Path)
	}
	return fields, err
}

// listed are the fields of a relation that hold texts of lists.
func (c *Customer) listed(before *Customer) []listedText {
	return []listedText{
		{LegalFormList, "legalForm", before.LegalForm, &c.LegalForm},
		{SectorList, "sector", before.Sector, &c.Sector},
		{ClassificationList, "classification", before.Classification, &c.Classification},
		{RelationSourceList, "source", before.Source, &c.Source},
	}
}

// listed are the fields of a contact that hold texts of lists.
func (c *Contact) listed(before *Contact) []listedText {
	return []listedText{{DepartmentList, "department", before.Department, &c.Department}}
}

// listed are the fields of a function that hold texts of lists.
func (f *ContactFunction) listed(before *ContactFunction) []listedText {
	return []listedText{{DepartmentList, "department", before.Department, &f.Department}}
}

type listedKey struct {
	list LookupListKey
	key  string
}

// renameListed gives the cards that bear a value's text its new one. It is the list that changed, not the
// cards: they get no version and no event of their own.
func (tx *Tx) renameListed(ctx context.Context, before, after *LookupValue) error {
	for _, column := range listedColumns() {
		if column.list != after.List || before.Text == after.Text {
			continue
		}
		query := tx.NewUpdate().Table(column.table).Set("? = ?", bun.Ident(column.text), after.Text)
		if column.key == "" {
			query.Where("organization_id = ? AND ? = ?", after.OrganizationID, bun.Ident(column.text), before.Text)
		} else {
			query.Set("? = ?", bun.Ident(column.key), after.TextKey).
				Where("organization_id = ? AND ? = ?", after.OrganizationID, bun.Ident(column.key), before.TextKey)
		}
		if _, err := query.Exec(ctx); err != nil {
			return fmt.Errorf("rename %s in %s: %w", before.ID, column.table, err)
		}
	}
	return nil
}

// unkeyed are the columns that refer to values without a foreign key: SQLite adds none of two columns to a
// table, and no engine has one for lists.
func unkeyed() (one, lists []db.Reference) {
	return []db.Reference{
			{Table: "contacts", Column: "preferred_channel_id"}, {Table: "communications", Column: "type_id"},
			{Table: "engagements", Column: "source_id"}, {Table: "engagements", Column: "requested_function_id"},
			{Table: "engagements", Column: "project_type_id"}, {Table: "engagements", Column: "closed_reason_id"},
		}, []db.Reference{
			{Table: "nominations", Column: "hour_type_ids"}, {Table: "nominations", Column: "expense_type_ids"},
		}
}

// usesOf tells which values something refers to, or bears the text of. What refers is asked of the store, which
// knows its keys, so that none is forgotten here.
func usesOf(ctx context.Context, conn db.Conn, organization ID, ids []ID) (map[ID]bool, error) {
	references, err := conn.References(ctx, "lookup_values")
	if err != nil {
		return nil, err
	}
	conditions, args := "FALSE", []any{string(organization), db.List(conn, ids)}
	bears := func(table, column, value string) {
		conditions += " OR " + value + " IN (SELECT r." + column + " FROM " + table + " AS r WHERE r.organization_id = ?)"
		args = append(args, string(organization))
	}
	one, lists := unkeyed()
	for _, reference := range distinct(append(references, one...)) {
		bears(reference.Table, reference.Column, "t.id")
	}
	for _, list := range lists {
		conditions += " OR EXISTS (SELECT 1 FROM " + list.Table + " AS r WHERE r.organization_id = ? AND r." + list.Column + " LIKE '%\"' || t.id || '\"%')"
		args = append(args, string(organization))
	}
	for _, column := range listedColumns() {
		conditions += " OR (t.list = '" + string(column.list) + "' AND (FALSE"
		if column.key == "" {
			bears(column.table, column.text, "t.text")
		} else {
			bears(column.table, column.key, "t.text_key")
		}
		conditions += "))"
	}
	used, err := db.Rows[*LookupValue](ctx, conn,
		"SELECT t.id FROM lookup_values AS t WHERE t.organization_id = ? AND "+conn.In("t.id")+" AND ("+conditions+")", args...)
	if err != nil {
		return nil, fmt.Errorf("uses of values: %w", err)
	}
	uses := make(map[ID]bool, len(used))
	for _, value := range used {
		uses[value.ID] = true
	}
	return uses, nil
}
