package crm

import (
	"context"
	"fmt"
	"maps"

	"klantkaart/db"
)

// checkNomination adds what only the store can tell to the faults of the fields, and gives them all. On a project
// nobody works outside of its term; for a request other days than the wanted ones are worth a warning.
func (tx *Tx) checkNomination(ctx context.Context, d *Dossier, before, n *Nomination, fields *patching) error {
	for _, one := range []struct {
		list          LookupListKey
		field         string
		before, after []ID
	}{
		{HourTypeList, "hourTypeIds", before.HourTypeIDs, n.HourTypeIDs},
		{ExpenseTypeList, "expenseTypeIds", before.ExpenseTypeIDs, n.ExpenseTypeIDs},
	} {
		if err := tx.checkValues(ctx, one.list, one.before, one.after, fields, one.field); err != nil {
			return err
		}
	}
	moved := !sameDay(before.StartOn, n.StartOn) || !sameDay(before.EndOn, n.EndOn)
	if moved && !n.within(d) && d.Phase == ProjectPhase {
		field := "endOn"
		if n.StartOn != nil && *n.StartOn < *d.Start {
			field = "startOn"
		}
		fields.faults = append(fields.faults, &Error{Code: NominationOutsideTerm, Path: fields.at(field), Cards: []Card{typed(tx.Today)(d)}, Text: Text{
			NL: "Een voordracht valt binnen de looptijd van het project.",
			EN: "A nomination lies within the term of the project."}})
	}
	if err := fields.err(); err != nil {
		return err
	}
	if moved && d.Phase == RequestPhase && (n.StartOn != nil || n.EndOn != nil) && !n.within(d) {
		tx.warn(OutsideWantedTerm, Text{
			NL: "De voordracht valt buiten de gewenste periode van de aanvraag.",
			EN: "The nomination lies outside of the wanted term of the request."})
	}
	return tx.warnElsewhere(ctx, d, n)
}

// checkValues says that each chosen value can be chosen; those that were there before are kept.
func (tx *Tx) checkValues(ctx context.Context, list LookupListKey, before, after []ID, fields *patching, field string) error {
	kept := make(map[ID]bool, len(before))
	for _, id := range before {
		kept[id] = true
	}
	for _, id := range after {
		if kept[id] {
			continue
		}
		if _, err := tx.lookup(ctx, list, &id, nil, fields, field); err != nil {
			return err
		}
	}
	return nil
}

// mayAddNomination bounds how many there are.
func (tx *Tx) mayAddNomination(ctx context.Context, d *Dossier) error {
	count, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "nominations", Where: []db.Part{
		ofOrganization(d.OrganizationID), {SQL: "t.engagement_id = ?", Args: []any{string(d.ID)}}}})
	if err != nil || count < maxNominations {
		return err
	}
	return &Error{Code: LimitExceeded, Path: []string{"input", "engagementId"}, Text: Text{
		NL: "Er zijn al 100 voordrachten.",
		EN: "There are 100 nominations already."}}
}

// warnElsewhere tells on which other projects the person is at work in the same days.
func (tx *Tx) warnElsewhere(ctx context.Context, d *Dossier, n *Nomination) error {
	if n.Kind != Person {
		return nil
	}
	start, end := n.StartOn, n.EndOn
	if start == nil {
		start = d.Start
	}
	condition := "n.name_key = ? AND n.kind = 'PERSON' AND n.status = 'ACTIVE' AND t.id <> ? AND t.phase = 'PROJECT' AND t.status <> 'ENDED' AND t.archived_at IS NULL"
	args := []any{string(tx.Actor.OrganizationID), fold(n.Name), string(d.ID)}
	if start != nil {
		condition, args = condition+" AND COALESCE(n.end_on, t.end_on, '9999-12-31') >= ?", append(args, string(*start))
	}
	if end != nil {
		condition, args = condition+" AND COALESCE(n.start_on, t.start_on) <= ?", append(args, string(*end))
	}
	elsewhere, err := db.Rows[*Dossier](ctx, tx.Conn,
		"SELECT DISTINCT "+db.Columns[*Dossier](ctx, tx.Conn)+" FROM engagements AS t JOIN nominations AS n ON n.organization_id = t.organization_id AND n.engagement_id = t.id"+
			" WHERE t.organization_id = ? AND "+condition+" ORDER BY t.number LIMIT 100", args...)
	if err != nil {
		return fmt.Errorf("other work of %s: %w", n.ID, err)
	}
	tx.warnAbout(PersonElsewhere, tx.projects(elsewhere), Textf(
		"%s is in deze periode ook voor een ander project ingezet.",
		"%s is at work on another project in these days too.", n.Name))
	return nil
}

func (tx *Tx) projects(rows []*Dossier) []Card {
	cards := make([]Card, len(rows))
	for i, row := range rows {
		cards[i] = projectOn(row, tx.Today)
	}
	return cards
}

// warnUnbilled tells that nobody is at work on a project that is paid by the hour.
func (tx *Tx) warnUnbilled(ctx context.Context, project *Dossier) error {
	if project.FixedPriceCents != nil || !project.runsOn(tx.Today) {
		return nil
	}
	active, err := tx.nominationsOf(ctx, project.ID, "t.status = 'ACTIVE' AND (t.end_on IS NULL OR t.end_on >= ?)", string(tx.Today))
	if err != nil || len(active) > 0 {
		return err
	}
	tx.warn(DoesNotBill, Text{
		NL: "Zonder actieve voordracht wordt op dit project niets gefactureerd.",
		EN: "Without an active nomination nothing is billed on this project."}, projectOn(project, tx.Today))
	return nil
}

// followTerm cuts those who are at work on a project to its term, after that has changed; on a project that is over
// nobody is.
func (tx *Tx) followTerm(ctx context.Context, project *Dossier) error {
	active, err := tx.nominationsOf(ctx, project.ID, "t.status = 'ACTIVE'")
	if err != nil {
		return err
	}
	cut := false
	for _, n := range active {
		before := *n
		n.keepWithin(project)
		if len(changesBetween(&before, n)) == 0 && n.Status == before.Status {
			continue
		}
		if err := tx.saveNomination(ctx, NominationUpdatedEvent, project, &before, n); err != nil {
			return err
		}
		cut = true
	}
	if cut {
		tx.warn(NominationsCut, Text{
			NL: "Voordrachten zijn ingekort tot de looptijd van het project.",
			EN: "Nominations were cut to the term of the project."}, projectOn(project, tx.Today))
	}
	return nil
}

// checkNominationBasis says that an update states what it starts from, and finds the clashes with what colleagues
// changed since, as checkBasis does for a card.
func (tx *Tx) checkNominationBasis(ctx context.Context, current *Nomination, b basis, wanted []FieldChange) error {
	if err := b.check(current.Version, wanted); err != nil {
		return err
	}
	stale := b.stale
	if b.version != nil && *b.version < current.Version {
		since, err := tx.nominationSince(ctx, current, *b.version, wanted)
		if err != nil {
			return err
		}
		maps.Copy(since, stale)
		stale = since
	}
	found := conflicts(wanted, stale)
	if len(found) == 0 {
		return nil
	}
	if err := tx.attribute(ctx, current.EngagementID, current.ID, found); err != nil {
		return err
	}
	return conflict(found, current.Version)
}

// nominationSince gives the fields that changed after a version, each with the value it had then: as many events of
// the nomination as versions came. When the log no longer holds them, every wanted field counts as changed.
func (tx *Tx) nominationSince(ctx context.Context, n *Nomination, version int, wanted []FieldChange) (map[string]any, error) {
	since, err := db.Rows[*Event](ctx, tx.Conn,
		"SELECT "+db.Columns[*Event](ctx, tx.Conn)+" FROM events AS t WHERE t.organization_id = ? AND t.card_id = ? AND t.subject_id = ?"+
			" ORDER BY t.position DESC LIMIT ?",
		string(tx.Actor.OrganizationID), string(n.EngagementID), string(n.ID), n.Version-version)
	if err != nil {
		return nil, fmt.Errorf("changes of %s: %w", n.ID, err)
	}
	changed := make(map[string]any)
	if len(since) < n.Version-version {
		for _, change := range wanted {
			changed[change.Field] = nil
		}
	}
	for _, event := range since { // the newest first: the oldest value stays
		for _, change := range event.Changes {
			changed[change.Field] = change.From
		}
	}
	return changed, nil
}
