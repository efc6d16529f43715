package graph

import (
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
)

// InternalText says that something failed on this side.
var InternalText = crm.Text{NL: "Er ging iets mis bij ons. Probeer het later opnieuw.", EN: "Something went wrong on our side. Try again later."}

// NewFault is a fault of the API itself, with its code; PresentError tells it in the language of who asks.
func NewFault(code string, text crm.Text) *gqlerror.Error {
	return &gqlerror.Error{Err: sentence(text), Message: text.EN, Extensions: map[string]any{"code": code}}
}

// Late says that an operation did not end within its time.
func Late() *gqlerror.Error { return NewFault(Timeout, lateText()) }

func lateText() crm.Text {
	return crm.Text{NL: "Het antwoord liet te lang op zich wachten.", EN: "The operation took too long."}
}

func leftText() crm.Text {
	return crm.Text{NL: "De aanvrager heeft de verbinding verbroken.", EN: "The client has left."}
}

// sentence is what an error says, in both languages.
type sentence crm.Text

func (s sentence) Error() string { return s.EN }
