// SPDX-License-Identifier: BSL-1.0
#include "daemon_options.hpp"

#include <limits>

#include "arguments.hpp"
#include "checked_message.hpp"
#include "telemetry_format.hpp"

namespace example {

char const* const daemon_help =
    R"(usage: daemon-example [--channel NAME] [--rate HZ] [--count N] [--capacity BYTES]
       daemon-example --messages N [--channel NAME] [--max-size BYTES] [--seed S] [--capacity BYTES]
       daemon-example --stream NAME [--capacity BYTES] [--readers N] [--progress] FILE... | --files0-from FILE

Publishes what this machine's processes do, until SIGINT or SIGTERM:
  --channel NAME     the channel (system/processes)
  --rate HZ          samples a second, 0.01 to 10000 (20)
  --count N          end after N samples
  --capacity BYTES   of the ring, if it is to be created; an existing one must have it

Or publishes messages of random length that prove themselves, to `client-example --verify N`:
  --messages N       how many; begins as soon as there is a subscriber
  --channel NAME     the channel (system/messages)
  --max-size BYTES   of the longest message (4096); three in four have 256 bytes or less
  --seed S           any number (1): other lengths and contents

Or streams files, one after another, to `client-example --sink NAME`, and ends; "-" is standard input:
  --stream NAME      the channel, a stream of bytes
  --capacity BYTES   of the ring (16MiB, or what is there already)
  --readers N        wait for so many readers before the first byte (1); ends if none is left
  --progress         tell how far it is, even if standard error is no terminal
  --files0-from FILE take the names of files from FILE, each ended by a NUL, as `find -print0` writes them
Each file is looked for before the first byte. If one cannot be read in spite of that, readers get what came before it
and then an end like any other; the exit status is 1.

Bytes may end in KiB, MiB or GiB. Processes meet in the same $QUOIT_RUNTIME_DIR.

examples:
  daemon-example                                      client-example
  daemon-example --rate 100 --channel lab/processes   client-example --channel lab/processes
  daemon-example --messages 2000000                   client-example --verify 2000000
  daemon-example --stream files /etc/*.conf           client-example --sink files all.conf
  tar c . | daemon-example --stream tree -            client-example --sink tree - | tar t
)";

namespace {

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t longest_message = std::uint64_t{1} << 30U;
constexpr std::uint64_t most_readers = 1000;
constexpr std::uint64_t largest_ring = std::uint64_t{1} << 40U;

}  // namespace

daemon_options parse_daemon_options(int argc, char const* const* argv) {
  daemon_options options;
  arguments given(argc, argv);
  while (given.next()) {
    if (given.is("--help")) {
      options.help = true;
    } else if (given.is("--channel")) {
      options.channel = given.value_not_empty();
    } else if (given.is("--capacity")) {
      options.capacity = given.bytes(1, largest_ring);
    } else if (given.is("--rate")) {
      options.rate = given.real(0.01, 10'000);
    } else if (given.is("--count")) {
      options.count = given.number(1, unlimited);
    } else if (given.is("--messages")) {
      options.messages = given.number(1, unlimited);
    } else if (given.is("--max-size")) {
      options.max_size = given.bytes(0, longest_message);
    } else if (given.is("--seed")) {
      options.seed = given.number(0, unlimited);
    } else if (given.is("--stream")) {
      options.stream = true;
      options.channel = given.value_not_empty();
    } else if (given.is("--files0-from")) {
      options.files0 = given.value_not_empty();
    } else if (given.is("--readers")) {
      options.readers = given.number(1, most_readers);
    } else if (given.is("--progress")) {
      options.progress = true;
    } else {
      given.unknown();
    }
  }
  if (options.stream) {
    given.allow("--stream", {"--capacity", "--readers", "--progress", "--files0-from"});
    options.files = given.operands(unlimited);
    if (options.files.empty() != options.files0.has_value()) {
      throw usage_error("--stream needs files, either by their names or by --files0-from");
    }
    return options;
  }
  if (options.messages) {
    given.allow("--messages", {"--channel", "--capacity", "--max-size", "--seed"});
  } else {
    given.allow("publishing processes", {"--channel", "--capacity", "--rate", "--count"});
  }
  given.operands(0);
  if (options.channel.empty()) options.channel = options.messages ? checked_channel : telemetry_channel;
  return options;
}

}  // namespace example
