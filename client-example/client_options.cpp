// SPDX-License-Identifier: BSL-1.0
#include "client_options.hpp"

#include <limits>

#include "daemon-example/arguments.hpp"
#include "daemon-example/checked_message.hpp"
#include "daemon-example/telemetry_format.hpp"

namespace example {

char const* const client_help =
    R"(usage: client-example [--channel NAME] [--count N] [--rows N] [--label TEXT]
       client-example --verify N [--channel NAME] [--label TEXT]
       client-example --sink NAME [--next] [--follow] [--progress] [--label TEXT] FILE

Shows the busiest processes as `daemon-example` publishes them: a table in a terminal, else a line a second. It may be
started before the daemon, outlives it, and goes on with the next one. SIGINT and SIGTERM end it.
  --channel NAME   the channel (system/processes)
  --count N        end after N samples
  --rows N         show N processes at most (what fits; 3 in a line)
  --label TEXT     what to be called in the channel (client-example)

Or receives messages that prove themselves from `daemon-example --messages N`; exit status 1 if one is wrong or missing:
  --verify N       how many
  --channel NAME   the channel (system/messages)

Or writes what `daemon-example --stream NAME` sends to a file, and ends when the writer does: exit status 0 if it has
closed the stream, 1 if it has died or the file takes no more; "-" is standard output:
  --sink NAME      the channel, a stream of bytes
  --next           begin with the next byte (with the oldest one that is still in the ring)
  --follow         go on with the next writer, until SIGINT or SIGTERM
  --progress       tell how far it is, even if standard error is no terminal

Processes meet in the same $QUOIT_RUNTIME_DIR.

examples:
  client-example                                      daemon-example
  client-example --count 100 --rows 5 | cat           daemon-example --rate 100
  client-example --verify 2000000                     daemon-example --messages 2000000
  client-example --sink files all.conf                daemon-example --stream files /etc/*.conf
  client-example --sink tree - | tar t                tar c . | daemon-example --stream tree -
)";

client_options parse_client_options(int argc, char const* const* argv) {
  constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();
  client_options options;
  bool sink = false;
  arguments given(argc, argv);
  while (given.next()) {
    if (given.is("--help")) {
      options.help = true;
    } else if (given.is("--channel")) {
      options.channel = given.value_not_empty();
    } else if (given.is("--label")) {
      options.label = given.value();
    } else if (given.is("--count")) {
      options.count = given.number(1, unlimited);
    } else if (given.is("--rows")) {
      options.rows = given.number(1, 10'000);
    } else if (given.is("--verify")) {
      options.verify = given.number(1, unlimited);
    } else if (given.is("--sink")) {
      options.channel = given.value_not_empty();
      sink = true;
    } else if (given.is("--next")) {
      options.next = true;
    } else if (given.is("--follow")) {
      options.follow = true;
    } else if (given.is("--progress")) {
      options.progress = true;
    } else {
      given.unknown();
    }
  }
  if (sink) {
    given.allow("--sink", {"--next", "--follow", "--progress", "--label"});
    auto const& files = given.operands(1);
    if (files.empty()) throw usage_error("--sink needs a file; - is standard output");
    options.sink = files.front();
    return options;
  }
  if (options.verify) {
    given.allow("--verify", {"--channel", "--label"});
  } else {
    given.allow("showing processes", {"--channel", "--label", "--count", "--rows"});
  }
  given.operands(0);
  if (options.channel.empty()) options.channel = options.verify ? checked_channel : telemetry_channel;
  return options;
}

}  // namespace example
