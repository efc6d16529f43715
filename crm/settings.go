package crm

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/db"
)

// Settings are what offices choose for themselves.
type Settings struct{ *core }

// OfActor gives the settings of the actor's office.
func (s *Settings) OfActor(ctx context.Context) (*OrganizationSettings, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return settingsIn(ctx, conn, actor)
}

func settingsIn(ctx context.Context, conn db.Conn, actor Actor) (*OrganizationSettings, error) {
	found, err := db.Rows[*OrganizationSettings](ctx, conn,
		"SELECT "+db.Columns[*OrganizationSettings](ctx, conn)+" FROM organization_settings AS t WHERE t.organization_id = ?", string(actor.OrganizationID))
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	settings := settingsOf(actor.OrganizationID)
	if len(found) > 0 {
		settings = found[0]
	}
	settings.language = actor.Language
	return settings, nil
}

// SetOrganizationFeaturesInput says which parts of the card the office uses from now on; the others stay as
// they are.
type SetOrganizationFeaturesInput struct {
	Enable  []Feature
	Disable []Feature
}

// SetOrganizationFeaturesPayload is the answer to SetFeatures.
type SetOrganizationFeaturesPayload struct {
	Outcome
	Settings *OrganizationSettings
}

// SetFeatures switches parts of the card on and off for the whole office. It is a change of what everyone may
// do, so that open connections go on by it at once.
func (s *Settings) SetFeatures(ctx context.Context, input SetOrganizationFeaturesInput) (*SetOrganizationFeaturesPayload, error) {
	return write(ctx, s.core, ManageSettings, func(ctx context.Context, tx *Tx) (*SetOrganizationFeaturesPayload, error) {
		on, off := FeaturesOf(input.Enable), FeaturesOf(input.Disable)
		if on&off != 0 {
			return nil, Invalid(Text{
				NL: "Een onderdeel gaat aan of uit, niet allebei.",
				EN: "A part goes on or off, not both."}, "input", "disable")
		}
		settings, err := tx.settings(ctx)
		if err != nil {
			return nil, err
		}
		before := *settings
		settings.FeaturesOff = (FeaturesOf(before.FeaturesOff)&^on | off).list()
		return &SetOrganizationFeaturesPayload{Settings: settings}, tx.saveSettings(ctx, &before, settings, AccessChangedEvent)
	})
}

// UpdateOrganizationSettingsInput changes settings, with what that is based on.
type UpdateOrganizationSettingsInput struct {
	ExpectedVersion *int
	Base            *OrganizationSettingsFields
	Patch           OrganizationSettingsFields
}

// OrganizationSettingsFields are the settings that an administrator types.
type OrganizationSettingsFields struct {
	StrictRevert   graphql.Omittable[*bool]
	AllowsHTTPHelp graphql.Omittable[*bool]
	GAccountIban   graphql.Omittable[*string]

	RequiresSecondFactor   graphql.Omittable[*bool]
	ContactRetentionMonths graphql.Omittable[*int]
}

func (f OrganizationSettingsFields) apply(s *OrganizationSettings, p *patching) {
	replace(p, "strictRevert", f.StrictRevert, &s.StrictRevert)
	replace(p, "allowsHttpHelp", f.AllowsHTTPHelp, &s.AllowsHTTPHelp)
	replace(p, "requiresSecondFactor", f.RequiresSecondFactor, &s.RequiresSecondFactor)
	value(p, "contactRetentionMonths", f.ContactRetentionMonths, &s.ContactRetentionMonths, retentionTerm)
	p.text("gAccountIban", f.GAccountIban, &s.GAccountIban, iban)
}

// UpdateOrganizationSettingsPayload is the answer to Update.
type UpdateOrganizationSettingsPayload struct {
	Outcome
	Settings *OrganizationSettings
}

// Update changes settings, but for the features. What an administrator changes beside a colleague passes; the
// same setting is a conflict.
func (s *Settings) Update(ctx context.Context, input UpdateOrganizationSettingsInput) (*UpdateOrganizationSettingsPayload, error) {
	return write(ctx, s.core, ManageSettings, func(ctx context.Context, tx *Tx) (*UpdateOrganizationSettingsPayload, error) {
		settings, err := tx.settings(ctx)
		if err != nil {
			return nil, err
		}
		before, patch := *settings, patchingAt("input", "patch")
		input.Patch.apply(settings, patch)
		if settings.RequiresSecondFactor && !before.RequiresSecondFactor && s.vault == nil { // nobody could choose one, and so nobody could come in
			patch.faults = append(patch.faults, factorNotConfigured("input", "patch", "requiresSecondFactor"))
		}
		basis := basisOf(input.ExpectedVersion, input.Base, &before, OrganizationSettingsFields.apply, patch)
		if err := patch.err(); err != nil {
			return nil, err
		}
		frame := &CardFrame{ID: before.OrganizationID, Version: before.Version}
		if err := tx.checkBasis(ctx, frame, basis, changesBetween(&before, settings)); err != nil {
			return nil, err
		}
		if months := settings.ContactRetentionMonths; months != nil && (before.ContactRetentionMonths == nil || *months < *before.ContactRetentionMonths) {
			if err := tx.warnOfExpired(ctx, *months); err != nil {
				return nil, err
			}
		}
		return &UpdateOrganizationSettingsPayload{Settings: settings}, tx.saveSettings(ctx, &before, settings, SettingsChangedEvent)
	})
}

// SetNextNumberInput says from which number a series goes on.
type SetNextNumberInput struct {
	Kind NumberSeriesKind
	Next int
}

// SetNextNumberPayload is the answer to SetNextNumber.
type SetNextNumberPayload struct {
	Outcome
	Settings *OrganizationSettings
}

// maxNextNumber leaves a series more numbers than an office needs.
const maxNextNumber = 999_999_999

// SetNextNumber has a series go on from a number that it has not reached.
func (s *Settings) SetNextNumber(ctx context.Context, input SetNextNumberInput) (*SetNextNumberPayload, error) {
	return write(ctx, s.core, ManageSettings, func(ctx context.Context, tx *Tx) (*SetNextNumberPayload, error) {
		settings, err := tx.settings(ctx)
		if err != nil {
			return nil, err
		}
		change, err := tx.moveSeries(ctx, input)
		if err != nil {
			return nil, err
		}
		before := *settings
		return &SetNextNumberPayload{Settings: settings}, tx.saveSettings(ctx, &before, settings, SettingsChangedEvent, change)
	})
}

// moveSeries moves a series on, and tells from where to where.
func (tx *Tx) moveSeries(ctx context.Context, input SetNextNumberInput) (FieldChange, error) {
	all := allSeries(tx.Today)
	one := all[slices.IndexFunc(all, func(one kindOfSeries) bool { return one.kind == input.Kind })] // the schema names no other
	row, err := tx.lockSeries(ctx, one.series)
	if err != nil {
		return FieldChange{}, err
	}
	is, next := row.Last+1, int64(input.Next)
	switch {
	case next < is:
		return FieldChange{}, &Error{Code: NumberGivenOut, Path: []string{"input", "next"}, Text: Textf("De reeks gaat verder vanaf %s.", "The series goes on from %s.", fmt.Sprintf(one.form, is))}
	case next > maxNextNumber:
		return FieldChange{}, Invalid(Text{NL: "Ten hoogste 999.999.999.", EN: "At most 999,999,999."}, "input", "next")
	}
	row.Last = next - 1
	if _, err := tx.NewUpdate().Model(row).Column("last").WherePK().Exec(ctx); err != nil {
		return FieldChange{}, fmt.Errorf("move number series: %w", err)
	}
	return FieldChange{Field: "numberSeries." + string(one.kind), From: fmt.Sprintf(one.form, is), To: fmt.Sprintf(one.form, next)}, nil
}

// lockSeries locks a series, and begins one that gave out nothing yet.
func (tx *Tx) lockSeries(ctx context.Context, s series) (*seriesRow, error) {
	row := &seriesRow{OrganizationID: tx.Actor.OrganizationID, Name: s.name, Last: s.first - 1}
	if _, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return nil, fmt.Errorf("begin number series: %w", err)
	}
	err := tx.ForUpdate(tx.NewSelect().Model(row).WherePK()).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock number series: %w", err)
	}
	return row, nil
}

// settings locks the office's settings for a change.
func (tx *Tx) settings(ctx context.Context) (*OrganizationSettings, error) {
	first := settingsOf(tx.Actor.OrganizationID)
	if _, err := tx.NewInsert().Model(first).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return nil, fmt.Errorf("begin settings: %w", err)
	}
	settings := new(OrganizationSettings)
	err := tx.ForUpdate(tx.NewSelect().Model(settings).Where("organization_id = ?", tx.Actor.OrganizationID)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock settings: %w", err)
	}
	settings.language = tx.Actor.Language
	return settings, nil
}

// saveSettings stores changed settings as their next version, with their event, and what changed beside. The office stands where
// other events have a card.
func (tx *Tx) saveSettings(ctx context.Context, before, after *OrganizationSettings, kind EventKind, beside ...FieldChange) error {
	beside = append(beside, FieldChange{Field: "disabledFeatures", From: before.FeaturesOff, To: after.FeaturesOff})
	changes := append(changesBetween(before, after), differing(beside)...)
	if len(changes) == 0 {
		return nil
	}
	now := tx.Now
	after.Version, after.UpdatedAt, after.UpdatedByID = before.Version+1, &now, actorID(tx.Actor)
	if _, err := tx.NewUpdate().Model(after).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	office := after.OrganizationID
	tx.log(&Event{Kind: kind, CustomerID: office, CardID: office, CardVersion: after.Version, SubjectID: &office, Changes: changes})
	return nil
}
