package crm

import (
	"time"

	"github.com/uptrace/bun"
)

// OrganizationSettings are an office's own choices. An office that never made one has the usual ones, at
// version 1.
type OrganizationSettings struct {
	bun.BaseModel `bun:"table:organization_settings,alias:t"`

	OrganizationID ID `bun:",pk"`
	Version        int
	FeaturesOff    []Feature `bun:"type:text"`
	StrictRevert   bool      `change:"strictRevert"`
	AllowsHTTPHelp bool      `bun:"allows_http_help" change:"allowsHttpHelp"`
	GAccountIban   *string   `change:"gAccountIban"`
	// RequiresSecondFactor has whoever signs in without one choose one first.
	RequiresSecondFactor bool `change:"requiresSecondFactor"`
	// ContactRetentionMonths is so long after contacts went out of use that they are anonymized; nil for never.
	ContactRetentionMonths *int `change:"contactRetentionMonths"`
	UpdatedAt              *time.Time
	UpdatedByID            *ID `bun:"updated_by"`

	language Language // of who reads them
}

// settingsOf are those of an office that never chose.
func settingsOf(organization ID) *OrganizationSettings {
	return &OrganizationSettings{OrganizationID: organization, Version: 1, FeaturesOff: []Feature{}}
}

// FeatureSetting is whether an office uses a part of the card.
type FeatureSetting struct {
	Key       Feature
	Label     string
	IsEnabled bool
}

// Features are all parts of the card, in the order in which they are shown.
func (s *OrganizationSettings) Features() []*FeatureSetting {
	off := FeaturesOf(s.FeaturesOff)
	var settings []*FeatureSetting
	for _, one := range features() {
		settings = append(settings, &FeatureSetting{Key: one.Feature, Label: one.label.In(s.language), IsEnabled: !off.Has(one.Feature)})
	}
	return settings
}

// HasProjects is the code of putting back who bought before, where the office forbids that.
const HasProjects ErrorCode = "HAS_PROJECTS"

// SettingsChangedEvent is the kind of a change of an office's settings, but for its features: that is a
// change of everyone's access.
const SettingsChangedEvent EventKind = "SETTINGS_CHANGED"

// OfficeEventKind is what happened to an office, rather than on a card.
type OfficeEventKind string

// OfficeFeed is what a listener to an office gets: first Ready, then notices.
type OfficeFeed interface{ IsOfficeFeed() }

// IsOfficeFeed marks an OfficeFeed.
func (*Ready) IsOfficeFeed() {}

// IsOfficeFeed marks an OfficeFeed.
func (*Checkpoint) IsOfficeFeed() {}

// OfficeNotice is an event that shows on no card: of the office, or of the listener's own.
type OfficeNotice struct{ Event *Event }

// IsOfficeFeed marks an OfficeFeed.
func (*OfficeNotice) IsOfficeFeed() {}

// Position is the place in the log.
func (n *OfficeNotice) Position() Position { return n.Event.Position() }

// Kind is what happened.
func (n *OfficeNotice) Kind() OfficeEventKind { return OfficeEventKind(n.Event.Kind) }

// At is when it happened.
func (n *OfficeNotice) At() time.Time { return n.Event.At }

// OriginClientID is what the client that did it calls itself.
func (n *OfficeNotice) OriginClientID() *string { return n.Event.OriginClientID }

// ChangedFields are the names of the fields that changed.
func (n *OfficeNotice) ChangedFields() []string { return n.Event.ChangedFields() }
