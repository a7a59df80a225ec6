// SPDX-License-Identifier: BSL-1.0
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <iostream>
#include <quoit/asio.hpp>
#include <quoit/quoit.hpp>

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Receives, shows, and begins again, until it is cancelled: some time after the publisher has closed.
void receive_from(quoit::async_subscriber& camera, asio::steady_timer& rest) {
  camera.async_receive([&](boost::system::error_code error, quoit::message message) {
    if (error) {  // operation_aborted; never anything of the channel
      std::cout << "cancelled\n";
      return;
    }
    std::cout << quoit::to_string(message.status());
    if (message) std::cout << ", message " << message.sequence();
    std::cout << '\n';
    bool const has_closed = message.status() == quoit::status::closed;
    if (has_closed) {
      rest.expires_after(20ms);
      rest.async_wait([&](boost::system::error_code) { camera.cancel(); });
    }
    if (message || has_closed) receive_from(camera, rest);
  });
}

int main() try {
  asio::io_context io;
  auto const channel = quoit::channel::create_anonymous();
  auto publisher = channel.publisher();
  quoit::async_subscriber camera(io.get_executor(), channel.subscriber());
  asio::steady_timer rest(io);
  receive_from(camera, rest);

  publisher.publish({});
  asio::steady_timer later(io, 20ms);
  later.async_wait([&](boost::system::error_code) {
    publisher.publish({});
    publisher.close();
  });
  io.run();
} catch (std::exception const& e) {
  std::cerr << "callbacks: " << e.what() << '\n';
  return 1;
}
