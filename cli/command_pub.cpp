// SPDX-License-Identifier: BSL-1.0
#include <memory>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "commands.hpp"
#include "opening.hpp"
#include "publishing.hpp"
#include "terminal.hpp"

namespace cli {

namespace {

/// The capacity of a stream of which nothing is said: with less, readers and the writer wait for each other more often.
constexpr std::uint64_t stream_capacity = std::uint64_t{4} << 20U;

/// A stream that is not there is created, unless it is to be waited for. It is nothing without a reader, so one is
/// waited for: else a short input would be gone, with the channel, before anybody could come.
std::optional<quoit::channel> open_channel(pub_options& o, interrupts const& signals) {
  auto rules = o.rules.options();
  if (o.stream) rules.kind = quoit::kind::stream;
  if (o.wait) return open_when_there(o.name, quoit::forever, rules, signals);
  if (o.create) return quoit::channel::open_or_create(o.name, rules);
  try {
    return quoit::channel::open(o.name, rules);
  } catch (quoit::error const& e) {
    if (!o.stream || e.code() != make_error_code(quoit::errc::no_such_channel)) throw;
  }
  if (!rules.capacity) rules.capacity = stream_capacity;
  if (!o.wait_for) {
    o.wait_for = 1;
    if (is_terminal(2))
      fmt::print(stderr, "quoit: waiting for a reader of '{}': quoit sub --stream {}\n", o.name, o.name);
  }
  return quoit::channel::open_or_create(o.name, rules);
}

exit_code pub(pub_options o) {
  interrupts signals;
  int fd = STDIN_FILENO;
  if (!o.input.empty() && o.input != "-") {
    fd = ::open(o.input.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + o.input);
  }
  if (!o.frame.empty()) framing::parse(o.frame);
  auto const opened = open_channel(o, signals);
  if (!opened) return exit_code::interrupted;
  auto const& ch = *opened;
  bool const stream = ch.info().kind == quoit::stream;
  auto const code = stream ? publish_stream(ch, fd, o, signals) : publish_messages(ch, fd, o, signals);
  if (o.stay && code == exit_code::ok) {
    while (!signals.stopped() && !ch.retired()) signals.sleep(std::chrono::milliseconds(500));
    return signals.stopped() ? exit_code::interrupted : exit_code::ok;
  }
  return code;
}

}  // namespace

void add_pub(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<pub_options>();
  verb const v(app, "pub",
               "  dmesg -w | quoit pub --create log                        lines\n"
               "  quoit pub camera/front frames.bin --frame len32 --rate 30\n"
               "  quoit pub --stream big < big.iso                          bytes, without copies\n"
               "  quoit sub a --frame len32 | quoit pub b --frame len32     from one to another\n",
               "Publish what comes from standard input or a file");
  v.add_option("NAME", o->name, "The channel").required();
  v.add_option("INPUT", o->input, "A file, instead of standard input");
  v.add_flag("-s,--stream", o->stream,
             "As a stream of bytes (implied by a channel that is one). If it is not there it is created, and a "
             "reader is waited for");
  v.add_option("-F,--frame", o->frame,
               "How the input is cut into messages: lines, nul, len32 (4 bytes before each, the lowest first), "
               "chunk=N, eof (lines)");
  v.add_option("-r,--rate", o->rate, "Messages (of a stream: bytes) a second: 30, 2.5k");
  v.add_option("-n,--count", o->count, "Stop after so many messages (of a stream: bytes)");
  v.add_option("--repeat", o->repeat, "The whole input so many times; 0: for ever");
  v.add_option("-t,--tag", o->tag, "The number beside each message");
  v.add_option("-l,--label", o->label, "What others see beside the pid");
  v.add_option("--full", o->full,
               "When reliable subscribers hold it up: wait, drop (the message), fail, or evict=TIME (them, after "
               "that time) (wait)");
  v.add_option("--timeout", o->timeout, "How long to wait for room: then it fails with 6");
  v.add_option("--wait-for", o->wait_for,
               "Begin when so many subscribers are there (0; 1 if it creates a stream by itself)");
  v.add_flag("-w,--wait", o->wait, "Wait for the channel to appear");
  v.add_flag("--stay", o->stay, "At the end keep the channel until interrupted");
  v.add_flag("--create", o->create, "Create the channel if it is not there");
  o->rules.add_to(v);
  v.run_as(chosen, [o] { return pub(*o); });
}

}  // namespace cli
