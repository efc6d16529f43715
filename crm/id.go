package crm

import (
	"encoding/base32"
	"strings"

	"github.com/google/uuid"
)

// ID is the permanent name of a thing: a prefix that tells its type, an underscore, and a time-ordered
// UUIDv7 in base32. The same text stands in GraphQL, in the database, in logs and in URLs.
type ID string

// The prefixes, one for each type.
const (
	organizationPrefix     = "org"
	userPrefix             = "usr"
	sessionPrefix          = "ses"
	apiTokenPrefix         = "key"
	accessEventPrefix      = "acc"
	accountMailPrefix      = "mai"
	challengePrefix        = "chl"
	customerPrefix         = "cus"
	contactPrefix          = "con"
	leadPrefix             = "lea"
	requestPrefix          = "req"
	projectPrefix          = "pro"
	nominationPrefix       = "nom"
	communicationPrefix    = "com"
	cardRelationPrefix     = "rel"
	attentionPrefix        = "att"
	eventPrefix            = "evt"
	reportPrefix           = "rep"
	reportRunPrefix        = "run"
	lookupValuePrefix      = "lok"
	invoicingPrefix        = "inv"
	billableLinePrefix     = "bil"
	functionPrefix         = "fun"
	filePrefix             = "fil"
	checklistItemPrefix    = "chk"
	campaignPrefix         = "cam"
	membershipPrefix       = "mem"
	goalPrefix             = "gol"
	rolePrefix             = "rol"
	teamPrefix             = "tea"
	providerPrefix         = "idp" // an identity provider
	linkPrefix             = "lnk" // whose account of a provider it is
	selectionPrefix        = "sel"
	documentTemplatePrefix = "tpl"
	workflowPrefix         = "ptm" // a process template
	processPrefix          = "prc"
	stepPrefix             = "stp"
)

// base32ID is Crockford's alphabet in lower case: no letter looks like a digit, and the text sorts as
// the bytes do.
func base32ID() *base32.Encoding {
	return base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)
}

const idBodyLength = 26

// makeID puts a type's prefix before a UUID.
func makeID(prefix string, u uuid.UUID) ID {
	return ID(prefix + "_" + base32ID().EncodeToString(u[:]))
}

// Prefix tells the type of the id.
func (id ID) Prefix() string {
	prefix, _, _ := strings.Cut(string(id), "_")
	return prefix
}

// Valid tells whether the text has the form of an id.
func (id ID) Valid() bool {
	prefix, body, found := strings.Cut(string(id), "_")
	if !found || len(prefix) != 3 || len(body) != idBodyLength {
		return false
	}
	raw, err := base32ID().DecodeString(body)
	return err == nil && len(raw) == 16 && base32ID().EncodeToString(raw) == body
}
