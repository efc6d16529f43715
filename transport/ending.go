package transport

// Ending is why the server ends a connection: a close code, and words for people who read along. Upon
// 4401 and the codes about wrong messages clients give up; upon all others they come back.
type Ending struct {
	Code   int
	Reason string
	// abrupt says that nothing may be sent any more, not even what is ready to be.
	abrupt bool
}

// The endings that are not the client's fault.
var (
	Restart = Ending{Code: 1012, Reason: "Service restart"}
	TooMany = Ending{Code: 1013, Reason: "Too many connections, try again later"}
	Expired = Ending{Code: 4403, Reason: "Token expired", abrupt: true}
	Revoked = Ending{Code: 4401, Reason: "Session ended", abrupt: true}
)

// Those of graphql-transport-ws, and of RFC 6455 for what is no frame.
var (
	endProtocol    = Ending{Code: 1002, Reason: "Protocol error"}
	endInvalid     = Ending{Code: 4400, Reason: "Invalid message received"}
	endTooBig      = Ending{Code: 4400, Reason: "Message too big"}
	endEarly       = Ending{Code: 4401, Reason: "Unauthorized"}
	endForbidden   = Ending{Code: 4403, Reason: "Forbidden"}
	endSubprotocol = Ending{Code: 4406, Reason: "Subprotocol not acceptable: this server speaks " + Subprotocol}
	endInitTimeout = Ending{Code: 4408, Reason: "Connection initialisation timeout"}
	endInitAgain   = Ending{Code: 4429, Reason: "Too many initialisation requests"}
	endOurFault    = Ending{Code: 1013, Reason: "Try again later"}
)

func endDuplicate(id string) Ending {
	return Ending{Code: 4409, Reason: "Subscriber for " + id + " already exists"}
}
