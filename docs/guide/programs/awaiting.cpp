// SPDX-License-Identifier: BSL-1.0
#include <utility>  // what comes next needs it, and does not say so in Boost 1.74

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <quoit/asio.hpp>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

namespace asio = boost::asio;

std::string_view text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

#ifdef BOOST_ASIO_HAS_CO_AWAIT

asio::awaitable<void> follow(quoit::async_stream_reader& console, quoit::publisher& publisher) {
  for (;;) {
    auto const unread = co_await console.async_data(asio::use_awaitable);
    if (!unread) break;  // closed
    std::cout << "bytes: " << text_of(unread.bytes) << '\n';
    publisher.publish(unread.bytes);
    console.role().consume(unread.bytes.size());
  }
  publisher.close();
}

asio::awaitable<void> follow(quoit::async_subscriber& log) {
  while (auto const message = co_await log.async_receive(asio::use_awaitable)) {
    std::cout << "message " << message.sequence() << ": " << text_of(message.bytes()) << '\n';
  }
  std::cout << "closed\n";
}

void run(quoit::stream_reader bytes, quoit::subscriber messages, quoit::publisher& publisher) {
  asio::io_context io;
  quoit::async_stream_reader console(io.get_executor(), std::move(bytes));
  quoit::async_subscriber log(io.get_executor(), std::move(messages));
  asio::co_spawn(io, follow(console, publisher), asio::detached);
  asio::co_spawn(io, follow(log), asio::detached);
  io.run();
}

#else  // a compiler whose coroutines this version of Asio does not know

void run(quoit::stream_reader bytes, quoit::subscriber messages, quoit::publisher& publisher) {
  while (auto const unread = bytes.data()) {
    std::cout << "bytes: " << text_of(unread.bytes) << '\n';
    publisher.publish(unread.bytes);
    bytes.consume(unread.bytes.size());
  }
  publisher.close();
  while (auto const message = messages.receive()) {
    std::cout << "message " << message.sequence() << ": " << text_of(message.bytes()) << '\n';
  }
  std::cout << "closed\n";
}

#endif

int main() try {
  auto const console = quoit::channel::create_anonymous({.kind = quoit::stream});
  auto const log = quoit::channel::create_anonymous();
  auto reader = console.stream_reader();
  auto subscriber = log.subscriber();
  auto writer = console.stream_writer();
  auto publisher = log.publisher();
  writer.write(std::as_bytes(std::span(std::string_view("set speed 3"))));
  writer.close();
  run(std::move(reader), std::move(subscriber), publisher);
} catch (std::exception const& e) {
  std::cerr << "awaiting: " << e.what() << '\n';
  return 1;
}
