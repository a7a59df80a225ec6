// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

constexpr auto requests_name = "demo/requests";
constexpr auto replies_name = "demo/replies";

std::string_view text_of(quoit::message const& message) {
  return {reinterpret_cast<char const*>(message.bytes().data()), message.bytes().size()};
}

auto bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

/// Answers each request, with its number as the tag.
quoit::status serve() {
  auto const in = quoit::channel::open_or_create(requests_name, {.publishers = 16});
  auto const out = quoit::channel::open_or_create(replies_name);
  auto requests = in.subscriber();
  auto replies = out.publisher({.patience = 1s});  // an asker that is stopped must not stop the server
  std::cout << "serving" << std::endl;
  for (;;) {
    auto const request = requests.receive();
    if (request.status() == quoit::status::closed || request.status() == quoit::status::died) continue;  // an asker
    if (!request) return request.status();
    auto const text = text_of(request);
    if (text == "nothing") continue;  // stands for a server that fails to answer
    auto const tag = static_cast<std::uint32_t>(request.sequence());
    auto const done = replies.publish(bytes_of(std::string(text.rbegin(), text.rend())), tag, 10s);
    if (!done) return done.status;
  }
}

struct answer {
  quoit::status status;
  std::string text;
};

/// The subscriber was there before the question is asked, so it misses no reply.
answer ask(quoit::publisher& requests, quoit::subscriber& replies, std::string_view question,
           std::chrono::nanoseconds timeout) {
  auto const until = std::chrono::steady_clock::now() + timeout;
  auto const asked = requests.publish(bytes_of(question), 0, timeout);
  if (!asked) return {asked.status, {}};
  for (;;) {
    auto const left = until - std::chrono::steady_clock::now();
    if (left <= 0ns) return {quoit::status::timeout, {}};
    auto const reply = replies.receive(left);
    if (!reply) return {reply.status(), {}};  // died: the server has; evicted: we were too slow
    if (reply.tag() == static_cast<std::uint32_t>(asked.sequence)) return {reply.status(), std::string(text_of(reply))};
    // Another asker's reply, or one that comes after we had given up.
  }
}

int main(int argc, char** argv) try {
  if (argc > 1 && std::string_view(argv[1]) == "serve") {
    auto const why = serve();
    std::cerr << "request_reply: " << quoit::to_string(why) << '\n';
    return 1;
  }
  auto requests = quoit::channel::open(requests_name, quoit::wait_for{10s}).publisher();
  auto replies = quoit::channel::open(replies_name, quoit::wait_for{10s}).subscriber();
  for (int i = 1; i < argc; ++i) {
    auto const [status, text] = ask(requests, replies, argv[i], 5s);
    std::cout << argv[i] << ": " << (status == quoit::status::ok ? text : quoit::to_string(status)) << std::endl;
  }
} catch (quoit::error const& e) {
  std::cerr << "request_reply: " << e.what() << '\n';
  return 1;
}
