// SPDX-License-Identifier: BSL-1.0
#include <cstdio>
#include <memory>

#include "commands.hpp"
#include "human.hpp"
#include "opening.hpp"
#include "subscribing.hpp"

namespace cli {

namespace {

constexpr std::size_t output_buffer = 1U << 18U;

/// How long a stream is waited for that is not there: whoever is started beside its writer may be the quicker one.
constexpr std::chrono::seconds stream_patience{10};

std::optional<quoit::channel> open_channel(sub_options const& o, interrupts const& signals) {
  quoit::channel_options expected;
  expected.owner = o.owner;
  expected.mapping.survive_truncation = true;
  if (o.stream) expected.kind = quoit::kind::stream;
  if (!o.wait && !o.stream) return quoit::channel::open(o.name, expected);
  auto const time = !o.timeout.empty() ? parse_time(o.timeout) : o.wait ? quoit::forever : stream_patience;
  try {
    return open_when_there(o.name, time, expected, signals);
  } catch (quoit::error const& e) {
    if (o.wait || e.code() != make_error_code(quoit::errc::timeout)) throw;
  }
  return quoit::channel::open(o.name, expected);  // which says that there is none
}

exit_code sub(sub_options const& o) {
  interrupts signals;
  auto const opened = open_channel(o, signals);
  if (!opened) return exit_code::interrupted;
  auto const& ch = *opened;
  std::setvbuf(stdout, nullptr, _IOFBF, output_buffer);  // it is flushed before each wait
  bool const stream = ch.info().kind == quoit::stream;
  return stream ? subscribe_to_stream(ch, o, signals) : subscribe_to_messages(ch, o, signals);
}

}  // namespace

void add_sub(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<sub_options>();
  verb const v(app, "sub",
               "  quoit sub log                                    what is published from now on\n"
               "  quoit sub log --last 20 --count 20               the last 20, and no more\n"
               "  quoit sub camera/front --from oldest --reliable --frame len32 > frames.bin\n"
               "  quoit sub camera/front --format '%s %t %l'       numbers, times, lengths\n"
               "  quoit sub --stream big > copy.iso                bytes, without copies\n",
               "Show what is published. Nobody waits for it, unless it is --reliable, or the channel a stream");
  v.alias("echo");
  v.add_option("NAME", o->name, "The channel").required();
  v.add_flag("-s,--stream", o->stream, "Only if it is a stream; waits 10s (or --timeout) for it to appear");
  auto const reliable = v.add_flag("-R,--reliable", o->reliable, "Publishers wait for it: nothing is lost");
  v.add_flag("--lossy", o->lossy, "Nobody waits for it, of a stream either").excludes(reliable);
  auto const raw = v.add_flag("--raw", o->raw, "The bytes, and nothing between messages");
  auto const hex = v.add_flag("--hex", o->hex, "As a hexdump").excludes(raw);
  auto const as_json = v.add_flag("--json", o->as_json, "One JSON object a line").excludes(raw).excludes(hex);
  auto const format = v.add_option("--format", o->format,
                                   "%s number, %t time in ns, %l length, %p payload, %x in hex, %g tag, %i index "
                                   "in a batch")
                          .excludes(raw)
                          .excludes(hex)
                          .excludes(as_json);
  v.add_option("-F,--frame", o->frame, "What stands between messages: lines, nul, len32 (lines)")
      .excludes(raw)
      .excludes(hex)
      .excludes(as_json)
      .excludes(format);
  auto const from =
      v.add_option("--from", o->from, "next, latest, oldest, a number, or how long ago: 5s (next; of a stream oldest)");
  v.add_option("--last", o->last, "Begin with the last so many (of a stream: bytes)").excludes(from);
  v.add_option("-n,--count", o->count, "Stop after so many messages (of a stream: bytes)");
  v.add_option("--timeout", o->timeout, "End with 6 if nothing comes for so long");
  v.add_flag("-w,--wait", o->wait, "Wait for the channel to appear, no longer than --timeout");
  v.add_option("--owner", o->owner, "Whose channel it may be (a user's number), beside yours and root's");
  v.add_option("-l,--label", o->label, "What others see beside the pid");
  v.add_flag("--fail-on-loss", o->fail_on_loss, "End with 7 if something is lost");
  v.add_flag("-f,--follow", o->follow, "Go on when its publishers have gone: others may come");
  v.run_as(chosen, [o] { return sub(*o); });
}

}  // namespace cli
