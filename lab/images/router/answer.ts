import { createSocket } from "node:dgram";
import { createServer } from "node:http";

// What a lab's router answers. Every connection and every datagram ends at these ports: router.nft says which.
const anyPort = 7;
const nameServerPort = 53;

/** Convincing to whoever scrapes, and to whoever sends alerts. */
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4" });
    response.end(request.method === "GET" ? "answered_by_the_router_of_the_lab 1\n" : "");
  });
});
// Other protocols than HTTP: the connection stays open, and what comes is read.
server.on("clientError", (_error, socket) => socket.resume());
server.listen(anyPort, "::");

const echo = createSocket("udp6");
echo.on("message", (data, { address, port }) => echo.send(data, port, address));
echo.bind(anyPort, "::");

// A query of DNS comes back as its own answer: "refused", so that unknown names fail at once.
const names = createSocket("udp6");
names.on("message", (query, { address, port }) => {
  if (query.length < 12) return;
  const flags = query.readUInt16BE(2);
  query.writeUInt16BE((flags & 0x7900) | 0x8005, 2);
  names.send(query, port, address);
});
names.bind(nameServerPort, "::");
