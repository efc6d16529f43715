// Command genqlient uses the code that Khan/genqlient generates from the contract: it opens a card, follows
// it over a websocket, pins an attention, and prints what it read back as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/Khan/genqlient/graphql"
	"github.com/gorilla/websocket"

	"klantkaart/trials/genqlient/card"
)

func main() {
	if err := run(context.Background(), os.Getenv("KLANTKAART_GRAPHQL"), os.Getenv("KLANTKAART_AUTHORIZATION")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// found is what the program prints.
type found struct {
	Name       string   `json:"name"`
	Stage      string   `json:"stage"`
	Sector     *string  `json:"sector"`
	Attentions []string `json:"attentions"`
	Followed   []string `json:"followed"`
}

func run(ctx context.Context, endpoint, authorization string) error {
	client := graphql.NewClient(endpoint, &http.Client{Transport: signedIn(authorization)})
	id, err := open(ctx, client)
	if err != nil {
		return err
	}
	followed, err := pinWhileFollowing(ctx, client, socket(endpoint, authorization), id)
	if err != nil {
		return err
	}
	read, err := card.ReadCard(ctx, client, card.CustomerRef{Id: &id})
	if err != nil {
		return err
	}
	answer := found{Name: read.Customer.Name, Stage: string(read.Customer.Stage), Sector: read.Customer.Sector, Followed: followed}
	for _, attention := range read.Customer.Attentions {
		answer.Attentions = append(answer.Attentions, attention.Text)
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

func open(ctx context.Context, client graphql.Client) (string, error) {
	name, sector := "Gegenereerd B.V.", "Bouw"
	opened, err := card.OpenCard(ctx, client, card.CreateCustomerInput{
		Stage: card.CustomerStageCustomer, Fields: card.CustomerFields{Name: &name, Sector: &sector}, IgnoreDuplicates: true})
	if err != nil {
		return "", err
	}
	if faults := opened.CreateCustomer.UserErrors; len(faults) > 0 {
		return "", fmt.Errorf("refused: %s %s", faults[0].Code, faults[0].Message)
	}
	return opened.CreateCustomer.Customer.Id, nil
}

// pinWhileFollowing tells what came over the stream: that it is ready, and the attention.
func pinWhileFollowing(ctx context.Context, client graphql.Client, stream graphql.WebSocketClient, id string) ([]string, error) {
	failed, err := stream.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	messages, subscription, err := card.FollowCard(ctx, stream, id, nil)
	if err != nil {
		return nil, err
	}
	var followed []string
	for len(followed) < 2 {
		select {
		case err := <-failed:
			return nil, err
		case message := <-messages:
			if message.Errors != nil {
				return nil, message.Errors
			}
			followed = append(followed, told(message.Data.CardEvents))
		}
		if len(followed) == 1 {
			if err := pin(ctx, client, id); err != nil {
				return nil, err
			}
		}
	}
	return followed, stream.Unsubscribe(subscription) // which would panic if the server answered it
}

func told(message card.FollowCardCardEventsCardFeed) string {
	switch message := message.(type) {
	case *card.FollowCardCardEventsReady:
		return string(message.Mode)
	case *card.FollowCardCardEventsEvent:
		attention, _ := (*message.Subject).(*card.FollowCardCardEventsEventSubjectAttention)
		return fmt.Sprintf("%s: %s", message.Kind, attention.Text)
	}
	return fmt.Sprintf("%T", message)
}

func pin(ctx context.Context, client graphql.Client, id string) error {
	_, err := card.PinAttention(ctx, client, card.AddAttentionInput{
		CardId: id, Text: "Bel eerst even", Level: card.AttentionLevelWarning, RecipientIds: []string{}})
	return err
}

// signedIn sends every request in a colleague's name.
type signedIn string

func (s signedIn) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", string(s))
	return http.DefaultTransport.RoundTrip(r)
}

// dialer opens sockets with gorilla's.
type dialer struct{}

func (dialer) DialContext(ctx context.Context, address string, header http.Header) (graphql.WSConn, error) {
	connection, _, err := websocket.DefaultDialer.DialContext(ctx, address, header) //nolint:bodyclose // a socket has none
	return connection, err
}

func socket(endpoint, authorization string) graphql.WebSocketClient {
	return graphql.NewClientUsingWebSocket(strings.Replace(endpoint, "http", "ws", 1), dialer{},
		graphql.WithConnectionParams(map[string]any{"authorization": authorization}))
}
