package crm

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"klantkaart/db"
)

// PreviewInvoicingChangeInput is a change of preferences to look at before it is made.
type PreviewInvoicingChangeInput struct {
	OwnerID ID
	Patch   InvoicingFields
}

// InvoicingChangePreview is what a change of preferences would do to what is open or running.
type InvoicingChangePreview struct {
	Outcome
	ChangedFields []string
	Kept          []*InvoicingEffect
	KeptCount     int
	Reached       []*InvoicingEffect
	ReachedCount  int
}

// InvoicingEffect is what a change does to one request or project.
type InvoicingEffect struct {
	EngagementID ID
	Fields       []*InvoicingFieldValue
}

// InvoicingFieldValue is a preference with what counts now.
type InvoicingFieldValue struct {
	Field string
	Value any
	Level *InvoicingLevel
}

// maxEffects bounds how many requests and projects a preview names.
const maxEffects = 100

// Preview tells which open requests and running projects a change of the relation's or the office's
// preferences would reach, and which keep their own. It writes nothing.
func (s *Preferences) Preview(ctx context.Context, input PreviewInvoicingChangeInput) (*InvoicingChangePreview, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	ctx = db.WithFields(ctx, db.Fields{})
	tx := &Tx{Tx: &db.Tx{Conn: conn}, core: s.core, Actor: actor, Now: s.moment(), imagined: true}
	tx.Today = s.day(tx.Now)
	owner, err := tx.imaginedOwner(ctx, input.OwnerID)
	if err != nil {
		return nil, err
	}
	change, err := tx.restate(ctx, owner, input.Patch, nil, nil)
	if err != nil {
		return nil, err
	}
	if err := tx.judge(ctx, owner, change); err != nil {
		return nil, err
	}
	preview := &InvoicingChangePreview{Outcome: Outcome{Warnings: tx.warnings}}
	for _, one := range change.changes {
		preview.ChangedFields = append(preview.ChangedFields, one.Field)
	}
	if len(change.changes) == 0 {
		return preview, nil
	}
	if preview.Kept, preview.KeptCount, err = tx.effects(ctx, owner, preview.ChangedFields, true); err != nil {
		return nil, err
	}
	preview.Reached, preview.ReachedCount, err = tx.effects(ctx, owner, preview.ChangedFields, false)
	return preview, err
}

// imaginedOwner finds whose preferences would change, and locks nothing.
func (tx *Tx) imaginedOwner(ctx context.Context, id ID) (*invoicingOwner, error) {
	switch level, _ := invoicingLevel(id); level {
	case OrganizationLevel:
		if id == tx.Actor.OrganizationID {
			return &invoicingOwner{id: id, level: level}, nil
		}
	case CustomerLevel:
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "customers", []ID{id}, (*Customer).NodeID)
		if err != nil {
			return nil, err
		}
		if found[0] != nil {
			return &invoicingOwner{id: id, level: level, customer: &id, version: found[0].Version}, found[0].inUse()
		}
	}
	return nil, notFound("input", "ownerId")
}

// effects finds the open requests and running projects beneath an owner that keep one of the fields as it is,
// or on which one changes.
func (tx *Tx) effects(ctx context.Context, owner *invoicingOwner, fields []string, kept bool) ([]*InvoicingEffect, int, error) {
	where := []db.Part{ofOrganization(tx.Actor.OrganizationID), {SQL: standingEngagement("t"), Args: []any{string(tx.Today)}}}
	stating := []string{"t.id"}
	if owner.customer != nil {
		where = append(where, db.Part{SQL: "t.customer_id = ?", Args: []any{string(owner.id)}})
	} else {
		stating = append(stating, "t.customer_id")
	}
	var each []string
	for _, column := range tx.preferenceColumns(fields) {
		states := "EXISTS (SELECT 1 FROM invoicing_preferences AS p WHERE p.organization_id = t.organization_id AND p.owner_id IN (" +
			strings.Join(stating, ", ") + ") AND p." + column + " IS NOT NULL)"
		if !kept {
			states = "NOT " + states
		}
		each = append(each, states)
	}
	where = append(where, db.Part{SQL: "(" + strings.Join(each, " OR ") + ")"})
	count, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "engagements", Where: where})
	if err != nil || count == 0 {
		return nil, count, err
	}
	rows, err := db.Select[*Dossier](ctx, tx.Conn, db.Selection{Table: "engagements", Columns: db.Columns[*Dossier](ctx, tx.Conn),
		Where: where, Order: "t.number, t.id", Limit: maxEffects})
	if err != nil {
		return nil, 0, fmt.Errorf("effects of a change of preferences: %w", err)
	}
	effects, err := tx.effectsOn(ctx, owner, rows, fields, kept)
	return effects, count, err
}

// effectsOn tells what counts on each of the rows now, of the fields that it keeps or that change.
func (tx *Tx) effectsOn(ctx context.Context, owner *invoicingOwner, rows []*Dossier, fields []string, kept bool) ([]*InvoicingEffect, error) {
	owners := make([]invoicingOwner, len(rows))
	for i, row := range rows {
		owners[i] = ownerOfDossier(row)
	}
	levels, err := cascades(ctx, tx.Conn, tx.Actor.OrganizationID, owners)
	if err != nil {
		return nil, err
	}
	effects := make([]*InvoicingEffect, len(rows))
	for i, row := range rows {
		effects[i] = &InvoicingEffect{EngagementID: row.ID}
		deciding := levels[i].from()
		eachPreference(levels[i].effective(), func(name string, field reflect.Value) {
			decided := deciding[name]
			keeps := decided != nil && decided.OwnerID != owner.id && (owner.level != CustomerLevel || decided.Level != OrganizationLevel)
			if !slices.Contains(fields, name) || keeps != kept {
				return
			}
			value := &InvoicingFieldValue{Field: name, Value: logged(field.Interface())}
			if decided != nil {
				value.Level = &decided.Level
			}
			effects[i].Fields = append(effects[i].Fields, value)
		})
	}
	return effects, nil
}

// preferenceColumns are the columns of fields.
func (tx *Tx) preferenceColumns(fields []string) []string {
	var columns []string
	for _, field := range tx.Dialect().Tables().Get(reflect.TypeFor[statement]()).Fields {
		if name, ok := field.StructField.Tag.Lookup("change"); ok && slices.Contains(fields, name) {
			columns = append(columns, string(field.SQLName))
		}
	}
	return columns
}
