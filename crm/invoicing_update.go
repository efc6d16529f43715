package crm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// UpdateInvoicingPreferencesInput is a change of preferences, with what it is based on.
type UpdateInvoicingPreferencesInput struct {
	OwnerID         ID
	ExpectedVersion *int
	Base            *InvoicingFields
	Patch           InvoicingFields
}

// UpdateInvoicingPreferencesPayload is the answer to Update.
type UpdateInvoicingPreferencesPayload struct {
	Outcome
	Preferences *InvoicingPreferences
}

// Update states, changes or clears preferences of a relation, a request or a project in daily use, or of the
// office. What comes of them together must work out; see docs/decisions/invoicing.md.
func (s *Preferences) Update(ctx context.Context, input UpdateInvoicingPreferencesInput) (*UpdateInvoicingPreferencesPayload, error) {
	return write(ctx, s.core, statingFor(input.OwnerID), func(ctx context.Context, tx *Tx) (*UpdateInvoicingPreferencesPayload, error) {
		owner, err := tx.invoicingOwner(ctx, input.OwnerID)
		if err != nil {
			return nil, err
		}
		preferences, err := tx.state(ctx, owner, input.Patch, input.ExpectedVersion, input.Base)
		return &UpdateInvoicingPreferencesPayload{Preferences: preferences}, err
	})
}

// statingFor is the right to state preferences of an owner.
func statingFor(owner ID) Right {
	if owner.Prefix() == organizationPrefix {
		return ManageSettings
	}
	return EditPreferences
}

// state stores what an owner is to state, once what comes of it works out, and shows what holds then.
func (tx *Tx) state(ctx context.Context, owner *invoicingOwner, patch InvoicingFields, version *int, base *InvoicingFields) (*InvoicingPreferences, error) {
	change, err := tx.restate(ctx, owner, patch, version, base)
	if err != nil {
		return nil, err
	}
	if len(change.changes) > 0 {
		if err := tx.judge(ctx, owner, change); err != nil {
			return nil, err
		}
		if err := tx.saveStatement(ctx, owner, change); err != nil {
			return nil, err
		}
	}
	return change.levels.view(owner.version, owner.dossier), nil
}

// invoicingOwner locks whose preferences are to change: the relation, as every verb does, or the office's row.
func (tx *Tx) invoicingOwner(ctx context.Context, id ID) (*invoicingOwner, error) {
	absent := notFound("input", "ownerId")
	switch level, _ := invoicingLevel(id); level {
	case OrganizationLevel:
		if id != tx.Actor.OrganizationID {
			return nil, absent
		}
		return &invoicingOwner{id: id, level: level}, tx.lockDefaults(ctx)
	case CustomerLevel:
		customer, err := tx.customer(ctx, id, nil)
		if err != nil {
			return nil, faultAt(err, "ownerId")
		}
		return &invoicingOwner{id: id, level: level, customer: &customer.ID, version: customer.Version}, customer.inUse()
	case RequestLevel, ProjectLevel:
		customer, dossier, err := tx.engagement(ctx, id, nil)
		if err != nil {
			return nil, faultAt(err, "ownerId")
		}
		owner := ownerOfDossier(dossier)
		return &owner, errors.Join(customer.inUse(), dossier.inUse())
	}
	return nil, absent
}

// lockDefaults locks the office's own preferences, which begin empty.
func (tx *Tx) lockDefaults(ctx context.Context) error {
	office := tx.Actor.OrganizationID
	first := &statement{OrganizationID: office, ID: tx.core.newID(invoicingPrefix), OwnerID: office, Level: OrganizationLevel, Version: 1, Stamps: stamps{}}
	if _, err := tx.NewInsert().Model(first).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("begin preferences of the office: %w", err)
	}
	err := tx.ForUpdate(tx.NewSelect().Model(first).Where("organization_id = ? AND owner_id = ?", office, office)).Scan(ctx)
	if err != nil {
		return fmt.Errorf("lock preferences of the office: %w", err)
	}
	return nil
}

// restatement is a change of what one level states: before and after, with the levels above.
type restatement struct {
	before  cascade
	levels  cascade
	patch   statementFields
	changes []FieldChange
}

// restate applies a patch, and says what is wrong with its values and with its base. Without a base it is
// only looked at.
func (tx *Tx) restate(ctx context.Context, owner *invoicingOwner, fields InvoicingFields, version *int, base *InvoicingFields) (*restatement, error) {
	found, err := cascades(ctx, tx.Conn, tx.Actor.OrganizationID, []invoicingOwner{*owner})
	if err != nil {
		return nil, err
	}
	before, patch := found[0][0], patchingAt("input", "patch")
	if owner.level == OrganizationLevel {
		owner.version = before.Version
	}
	after, flat := *before, fields.flat()
	flat.apply(&after, patch)
	var stated *statementFields
	if base != nil {
		stated = new(base.flat())
	}
	basis := basisOf(version, stated, before, statementFields.apply, patch)
	change := &restatement{before: found[0], levels: append(cascade{&after}, found[0][1:]...), patch: flat, changes: changesBetween(before, &after)}
	if err := tx.checkStatement(ctx, owner, change, patch); err != nil {
		return nil, err
	}
	if version == nil && base == nil && tx.imagined {
		return change, nil
	}
	frame := &CardFrame{ID: owner.id, Version: owner.version}
	if owner.level == OrganizationLevel {
		frame.ID = before.ID
	}
	return change, tx.checkBasis(ctx, frame, basis, change.changes)
}

// checkStatement adds what only the store and the other levels can tell to the faults of the fields.
func (tx *Tx) checkStatement(ctx context.Context, owner *invoicingOwner, change *restatement, patch *patching) error {
	before, after := change.before[0], change.levels[0]
	if _, err := tx.lookup(ctx, InvoicingMethodList, after.MethodID, before.MethodID, patch, "methodId"); err != nil {
		return err
	}
	if _, err := tx.lookup(ctx, PaymentConditionList, after.PaymentConditionID, before.PaymentConditionID, patch, "paymentConditionId"); err != nil {
		return err
	}
	if owner.dossier == nil {
		onCard := Text{
			NL: "Dit staat op de kaart van de klant zelf.",
			EN: "This stands on the customer's card itself."}
		if change.patch.VatRegime.IsSet() {
			patch.refuse("vatRegime", onCard)
		}
		if change.patch.GAccountPercentage.IsSet() {
			patch.refuse("gAccountPercentage", onCard)
		}
	}
	delivery := patchingAt("input", "patch", "delivery")
	if err := tx.checkAttentionContact(ctx, owner, change, delivery); err != nil {
		return err
	}
	channel, given := change.patch.Channel.ValueOK()
	if given && channel != nil && *channel != NoDelivery && yes(change.levels.effective().SelfBilling) {
		delivery.refuse("channel", Text{
			NL: "De klant factureert zelf: er wordt geen factuur verstuurd.",
			EN: "The customer bills itself: no invoice is sent."})
	}
	patch.faults = slices.Concat(patch.faults, delivery.faults)
	return patch.err()
}

// checkAttentionContact refuses a contact that an invoice cannot be for.
func (tx *Tx) checkAttentionContact(ctx context.Context, owner *invoicingOwner, change *restatement, delivery *patching) error {
	chosen := change.levels[0].AttentionContactID
	if before := change.before[0].AttentionContactID; chosen == nil || (before != nil && *before == *chosen) {
		return nil
	}
	if owner.customer == nil {
		delivery.refuse("attentionContactId", Text{
			NL: "Een contactpersoon hoort bij een klant, niet bij het kantoor.",
			EN: "A contact belongs to a customer, not to the office."})
		return nil
	}
	return tx.checkContacts(ctx, &Customer{CardFrame: CardFrame{ID: *owner.customer}}, []ID{*chosen}, true, delivery, "attentionContactId")
}

// judge refuses a change that breaks something, or that chooses a channel which cannot work. What was amiss
// before and stays so does not keep other changes from being made: it is told as a warning.
func (tx *Tx) judge(ctx context.Context, owner *invoicingOwner, change *restatement) error {
	view := change.levels.view(owner.version, owner.dossier)
	in, err := circumstancesOf(ctx, tx.Conn, tx.Actor.OrganizationID, []*InvoicingPreferences{view})
	if err != nil {
		return err
	}
	if owner.relation != nil {
		in[0].customer = owner.relation
	}
	known := make(map[InvoicingProblemCode]bool)
	for _, problem := range change.before.effective().judge(in[0]) {
		known[problem.Code] = true
	}
	changed := func(field string) bool {
		return slices.ContainsFunc(change.changes, func(c FieldChange) bool { return c.Field == field })
	}
	patch, incomplete := patchingAt("input", "patch"), false
	for _, problem := range view.effective.judge(in[0]) {
		switch {
		case problem.IsBlocking && (!known[problem.Code] || changed("delivery.channel")):
			patch.faults = append(patch.faults, Invalid(problem.text, slices.Concat(patch.path, strings.Split(problem.Field, "."))...))
		case problem.IsBlocking:
			incomplete = true
		case problem.Code == PaymentTermLong && changed("paymentConditionId"):
			tx.warn(LongPaymentTerm, problem.text)
		}
	}
	if incomplete {
		tx.warn(InvoicingIncomplete, Text{
			NL: "Met deze voorkeuren kan een factuur nog niet worden verstuurd.",
			EN: "With these preferences an invoice cannot be sent yet."})
	}
	return patch.err()
}

// saveStatement stores what a level states now, with its event.
func (tx *Tx) saveStatement(ctx context.Context, owner *invoicingOwner, change *restatement) error {
	if err := tx.storeRestated(ctx, owner, change); err != nil {
		return err
	}
	event := &Event{Kind: InvoicingChangedEvent, Changes: change.changes}
	if owner.level == OrganizationLevel {
		row := change.levels[0]
		owner.version = row.Version
		event.Kind, event.SubjectID = InvoicingDefaultsChangedEvent, &row.ID
		event.CustomerID, event.CardID, event.CardVersion = owner.id, row.ID, row.Version
		tx.log(event)
		return nil
	}
	var err error
	if owner.version, err = tx.touchCard(ctx, owner.id); err != nil {
		return err
	}
	event.CustomerID, event.CardID, event.CardVersion = *owner.customer, owner.id, owner.version
	tx.log(event)
	return nil
}

// touchCard raises the version of a card whose own data changed where its row does not hold it.
func (tx *Tx) touchCard(ctx context.Context, id ID) (int, error) {
	return tx.raise(ctx, tx.NewUpdate().Table(tableOf(id)).Set("updated_at = ?, updated_by = ?", tx.Now, actorID(tx.Actor)), id)
}

// storeRestated stores what a level states now, and who stated what of it when.
func (tx *Tx) storeRestated(ctx context.Context, owner *invoicingOwner, change *restatement) error {
	after := change.levels[0]
	after.stampChanges(change.before[0], tx.Now, actorID(tx.Actor))
	row := *after
	if owner.level == CustomerLevel { // what stands on the card is not stated twice
		row.VatRegime, row.GAccountPercentage = nil, nil
	}
	if err := tx.storeStatement(ctx, &row); err != nil {
		return err
	}
	after.ID, after.Version = row.ID, row.Version
	return nil
}

func (tx *Tx) storeStatement(ctx context.Context, row *statement) (err error) {
	if row.ID == "" {
		row.ID, row.Version = tx.core.newID(invoicingPrefix), 1
		_, err = tx.NewInsert().Model(row).Exec(ctx)
	} else {
		row.Version++
		_, err = tx.NewUpdate().Model(row).WherePK().Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("save preferences of %s: %w", row.OwnerID, err)
	}
	return nil
}
