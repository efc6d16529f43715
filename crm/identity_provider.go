package crm

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// The kinds of events of identity providers.
const (
	ProviderCreatedEvent EventKind = "IDENTITY_PROVIDER_CREATED"
	ProviderUpdatedEvent EventKind = "IDENTITY_PROVIDER_UPDATED"
)

// NotSignedOn is the code of refusing passwords before signing in without one.
const NotSignedOn ErrorCode = "NOT_SIGNED_ON"

// SignOnPath is where browsers sign in at providers, followed by the provider's id.
const SignOnPath = "/session/oidc/"

// IdentityProvider is where an office's colleagues have accounts to sign in with. Fields with a `change` tag are
// what an administrator may edit; the log names them so.
type IdentityProvider struct {
	bun.BaseModel `bun:"table:identity_providers,alias:t"`

	OrganizationID  ID `bun:",pk"`
	ID              ID `bun:",pk"`
	Version         int
	Name            string `change:"name"`
	Issuer          string
	ClientID        string
	APIAudience     *string      `bun:"api_audience" change:"apiAudience"`
	Domains         []string     `bun:"type:text" change:"domains"`
	Provisions      bool         `change:"provisions"`
	DefaultRole     *Role        `change:"defaultRole"`
	GroupsClaim     string       `change:"groupsClaim"`
	GroupRoles      []*GroupRole `bun:"type:text" change:"groupRoles"`
	AllowsPasswords bool         `change:"allowsPasswords"`
	Enabled         bool         `change:"isEnabled"`
	CookieKey       string
	CreatedAt       time.Time
}

// IsNode marks a Node.
func (*IdentityProvider) IsNode() {}

// NodeID is the provider's id.
func (p *IdentityProvider) NodeID() ID { return p.ID }

// IsEnabled tells whether it is in use.
func (p *IdentityProvider) IsEnabled() bool { return p.Enabled }

// StartPath is where a browser begins to sign in.
func (p *IdentityProvider) StartPath() string { return SignOnPath + string(p.ID) + "/start" }

// CallbackPath is where the provider sends browsers back to.
func (p *IdentityProvider) CallbackPath() string { return SignOnPath + string(p.ID) + "/callback" }

// GroupRole is what the members of a group may do.
type GroupRole struct {
	Group string `json:"group"`
	Role  Role   `json:"role"`
}

// admits tells whether an address is of one of the domains.
func (p *IdentityProvider) admits(address string) bool {
	_, domain, found := strings.Cut(address, "@")
	return found && slices.Contains(p.Domains, domain)
}

// roleOf is what groups give: the most of what they are mapped to, the default where they are not. Nothing where
// there is neither.
func (p *IdentityProvider) roleOf(groups []string) *Role {
	for _, role := range []Role{Admin, Colleague, ReadOnly} {
		if slices.ContainsFunc(p.GroupRoles, func(one *GroupRole) bool { return one.Role == role && slices.Contains(groups, one.Group) }) {
			return &role
		}
	}
	return p.DefaultRole
}

// usualGroupsClaim is how most providers call the claim.
const usualGroupsClaim = "groups"

// The bounds of lists.
const (
	maxDomains    = 50
	maxGroupRoles = 100
)

// IdentityProviderFields are the fields of a provider as input: absent leaves, null clears, a value sets.
type IdentityProviderFields struct {
	Name            graphql.Omittable[*string]
	APIAudience     graphql.Omittable[*string]
	Domains         graphql.Omittable[[]string]
	Provisions      graphql.Omittable[*bool]
	DefaultRole     graphql.Omittable[*Role]
	GroupsClaim     graphql.Omittable[*string]
	GroupRoles      graphql.Omittable[[]*GroupRole]
	AllowsPasswords graphql.Omittable[*bool]
	IsEnabled       graphql.Omittable[*bool]
}

// apply sets the given fields on the provider, each checked and in its stored form.
func (f IdentityProviderFields) apply(to *IdentityProvider, p *patching) {
	p.required("name", f.Name, &to.Name, upTo(100))
	p.text("apiAudience", f.APIAudience, &to.APIAudience, upTo(200))
	p.domains("domains", f.Domains, &to.Domains)
	replace(p, "provisions", f.Provisions, &to.Provisions)
	value(p, "defaultRole", f.DefaultRole, &to.DefaultRole, notAdmin)
	claim := new(to.GroupsClaim)
	p.text("groupsClaim", f.GroupsClaim, &claim, upTo(200))
	to.GroupsClaim = usualGroupsClaim
	if claim != nil {
		to.GroupsClaim = *claim
	}
	p.groupRoles("groupRoles", f.GroupRoles, &to.GroupRoles)
	replace(p, "allowsPasswords", f.AllowsPasswords, &to.AllowsPasswords)
	replace(p, "isEnabled", f.IsEnabled, &to.Enabled)
	if to.APIAudience != nil && *to.APIAudience == to.ClientID {
		p.refuse("apiAudience", Text{
			NL: "Dit is de client-id; een toegangstoken heeft een eigen doelgroep.",
			EN: "This is the client id; access tokens have an audience of their own."})
	}
}

func notAdmin(role Role) (Role, *Text) {
	if role == Admin {
		return role, &Text{NL: "Beheerder wordt men door een groep, of door een beheerder.", EN: "One becomes administrator by a group, or by an administrator."}
	}
	return role, nil
}

// domains applies a list of domains, each once; null clears.
func (p *patching) domains(field string, given graphql.Omittable[[]string], target *[]string) {
	list, set := given.ValueOK()
	if !set {
		return
	}
	domainName := regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$`)
	*target = []string{}
	for _, one := range list {
		name := strings.ToLower(strings.TrimSpace(one))
		if len(list) > maxDomains || len(name) > 253 || !domainName.MatchString(name) {
			p.refuse(field, Text{NL: "Ten hoogste 50 domeinen, zoals kantoor.example.", EN: "At most 50 domains, such as kantoor.example."})
			return
		}
		if !slices.Contains(*target, name) {
			*target = append(*target, name)
		}
	}
}

// groupRoles applies what groups may do; null clears.
func (p *patching) groupRoles(field string, given graphql.Omittable[[]*GroupRole], target *[]*GroupRole) {
	list, set := given.ValueOK()
	if !set {
		return
	}
	*target = []*GroupRole{}
	for _, one := range list {
		name := strings.TrimSpace(one.Group)
		if len(list) > maxGroupRoles || name == "" || utf8.RuneCountInString(name) > 200 {
			p.refuse(field, Text{NL: "Ten hoogste 100 groepen, met een naam van 1 tot 200 tekens.", EN: "At most 100 groups, with a name of 1 to 200 characters."})
			return
		}
		*target = append(*target, &GroupRole{Group: name, Role: one.Role})
	}
}

// issuer accepts an address as tokens name it: over https, without a query. Over http it is for a provider on the
// very machine; whether the server goes there is for it to say.
func issuer(text string) (string, *Text) {
	address, err := url.Parse(text)
	local := err == nil && address.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, address.Hostname())
	if err != nil || (address.Scheme != "https" && !local) || address.Host == "" || address.User != nil || address.RawQuery != "" ||
		address.ForceQuery || strings.Contains(text, "#") || len(text) > 500 {
		return "", &Text{NL: "Een uitgever is een adres zoals https://login.example.nl.", EN: "An issuer is an address such as https://login.example.nl."}
	}
	return text, nil
}
