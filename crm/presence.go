package crm

import (
	"context"
	"strings"
	"time"
)

// CardPresence is who views and who edits a card. It is not kept in the store.
type CardPresence struct {
	Version     int
	Known       bool
	Viewers     []*CardViewer
	ViewerCount int
}

// CardViewer is a colleague who has a card open.
type CardViewer struct {
	UserID        ID
	EnteredAt     time.Time
	Mode          ViewerMode
	Field         *string
	TypingAt      *time.Time
	TakenOverByID *ID
}

// ViewerMode is what a colleague does on a card.
type ViewerMode string

// The modes; the schema says what each means.
const (
	Viewing ViewerMode = "VIEWING"
	Editing ViewerMode = "EDITING"
)

// AnnounceEditingInput is what a screen says of itself.
type AnnounceEditingInput struct {
	CardID   ID
	Field    *string
	Typing   bool
	TakeOver bool
}

// AnnounceEditingPayload is the answer to an announcement.
type AnnounceEditingPayload struct {
	Outcome
	Presence *CardPresence
}

// Presence holds the rules of what colleagues tell each other on a card.
type Presence struct{ crm *CRM }

// Admit says whether the actor may announce this, and gives it in good order with an answer to fill in.
func (s *Presence) Admit(ctx context.Context, input AnnounceEditingInput) (AnnounceEditingInput, *AnnounceEditingPayload, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return input, nil, err
	}
	if !actor.Rights.Has(EditCards) {
		return input, nil, forbidden()
	}
	if err := input.check(); err != nil {
		return input, nil, err
	}
	if err := s.crm.Nodes.MustSee(ctx, input.CardID); err != nil {
		return input, nil, faultAt(err, "cardId")
	}
	head, err := s.crm.Events.Head(ctx)
	if err != nil {
		return input, nil, err
	}
	return input, &AnnounceEditingPayload{Outcome: Outcome{Position: *head}}, nil
}

// check wants a field's name, and one where something is said of a field.
func (i *AnnounceEditingInput) check() error {
	fields := patchingAt("input")
	switch {
	case i.Field == nil && (i.Typing || i.TakeOver):
		fields.refuse("field", Text{NL: "Zeg om welk veld het gaat.", EN: "Say which field it is about."})
	case i.Field != nil && strings.TrimSpace(*i.Field) == "":
		fields.refuse("field", Text{NL: "Een veld heeft een naam.", EN: "A field has a name."})
	default:
		i.Field = fields.part("field", i.Field, upTo(100))
	}
	return fields.err()
}

// NotThere says that a screen announces something on a card that it does not follow.
func (s *Presence) NotThere() error {
	return &Error{Code: NotViewing, Path: []string{"input", "cardId"}, Text: Text{
		NL: "Dit scherm heeft de kaart niet open.",
		EN: "This screen does not have the card open."}}
}
