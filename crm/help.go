package crm

import (
	"net/url"
	"strings"

	"github.com/uptrace/bun"
)

// HelpContext is where in the product help is asked for.
type HelpContext string

// The places; the schema says what each is.
const (
	StartHelp        HelpContext = "START_PAGE"
	OverviewHelp     HelpContext = "OVERVIEW"
	CustomerCardHelp HelpContext = "CUSTOMER_CARD"
	ProspectCardHelp HelpContext = "PROSPECT_CARD"
	ContactCardHelp  HelpContext = "CONTACT_CARD"
	LeadCardHelp     HelpContext = "LEAD_CARD"
	RequestCardHelp  HelpContext = "REQUEST_CARD"
	ProjectCardHelp  HelpContext = "PROJECT_CARD"
	ReportsHelp      HelpContext = "REPORTS"
	SettingsHelp     HelpContext = "SETTINGS"
)

// productHelp is where the product's own help is.
const productHelp = "https://help.klantkaart.example/"

// standard is the article of the product's own help for a place.
func (c HelpContext) standard() string {
	switch c {
	case StartHelp:
		return productHelp + "startpagina"
	case OverviewHelp:
		return productHelp + "overzichten"
	case CustomerCardHelp:
		return productHelp + "klantkaart"
	case ProspectCardHelp:
		return productHelp + "potentiele-klant"
	case ContactCardHelp:
		return productHelp + "contactpersoon"
	case LeadCardHelp:
		return productHelp + "lead"
	case RequestCardHelp:
		return productHelp + "aanvraag"
	case ProjectCardHelp:
		return productHelp + "project"
	case ReportsHelp:
		return productHelp + "rapportages"
	}
	return productHelp + "instellingen"
}

// helpLink is where an office's own help for a place is.
type helpLink struct {
	bun.BaseModel `bun:"table:help_links,alias:t"`

	OrganizationID ID          `bun:",pk"`
	Context        HelpContext `bun:",pk"`
	URL            string      `bun:"url"`
}

// HelpLink is where help for a place is.
type HelpLink struct {
	Context    HelpContext
	URL        string
	IsStandard bool
}

// maxURL is how long an address of help can be, in characters.
const maxURL = 2048

// helpURL wants an address that a browser opens as a page: nothing that runs in this one.
func helpURL(allowsHTTP bool) rule {
	return func(text string) (string, *Text) {
		parsed, err := url.Parse(text)
		switch {
		case len(text) > maxURL:
			return "", tooLong(maxURL)
		case err != nil || parsed.Hostname() == "" || parsed.User != nil || strings.ContainsAny(text, " \\<>\"`"):
			return "", &Text{NL: "Dit is geen webadres.", EN: "This is not a web address."}
		case parsed.Scheme == "https" || (allowsHTTP && parsed.Scheme == "http"):
			return text, nil
		}
		return "", &Text{NL: "Een adres van hulp begint met https://.", EN: "An address of help begins with https://."}
	}
}

// HelpChangedEvent is the kind of a change of where help is.
const HelpChangedEvent EventKind = "HELP_CHANGED"
