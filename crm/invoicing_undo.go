package crm

import (
	"context"
	"maps"
	"strings"
)

// What an undo of a card does with how it is invoiced, inside its transaction.

// earlierInvoicing says what going back to earlier values makes of the preferences that a card states. Where the actor
// may not change them they stay as they are, and he is told so.
func (tx *Tx) earlierInvoicing(ctx context.Context, owner *invoicingOwner, values map[string]any) (*restatement, error) {
	found, err := cascades(ctx, tx.Conn, tx.Actor.OrganizationID, []invoicingOwner{*owner})
	if err != nil {
		return nil, err
	}
	values = maps.Clone(values)
	if owner.level == CustomerLevel { // these stand on the card itself, which takes them back
		delete(values, "vatRegime")
		delete(values, "gAccountPercentage")
	}
	before := found[0][0]
	after := *before
	if err := goBack(&after, values); err != nil {
		return nil, err
	}
	change := &restatement{before: found[0], levels: append(cascade{&after}, found[0][1:]...), changes: changesBetween(before, &after)}
	if why := FaultsOf(tx.Actor.may(EditPreferences)); len(change.changes) > 0 && len(why) > 0 {
		tx.warnNotRestored(change.changes, why[0].Text)
		return &restatement{}, nil
	}
	return change, nil
}

// warnNotRestored tells which preferences stay, and why.
func (tx *Tx) warnNotRestored(changes []FieldChange, why Text) {
	names := make([]string, len(changes))
	for i, change := range changes {
		names[i] = change.Field
	}
	list := strings.Join(names, ", ")
	tx.warn(NotRestored, Text{
		NL: why.NL + " Deze facturatievoorkeuren blijven zoals ze zijn: " + list + ".",
		EN: why.EN + " These invoicing preferences stay as they are: " + list + "."})
}

// takeBackInvoicing stores preferences that came back, when they still work out together. They stand in the event
// of the card, which is saved behind them.
func (tx *Tx) takeBackInvoicing(ctx context.Context, owner *invoicingOwner, change *restatement) error {
	if len(change.changes) == 0 {
		return nil
	}
	if err := tx.tolerate(tx.checkStatement(ctx, owner, change, patchingAt("input"))); err != nil {
		return err
	}
	if err := tx.judge(ctx, owner, change); err != nil {
		return atVersion(err)
	}
	return tx.storeRestated(ctx, owner, change)
}
