/* A mail server that takes everything: what it got is in mails. */
import net from 'node:net';

export function startSmtp({ refuse = 0, auth = false } = {}) {
  const mails = [];
  const seen = [];
  let refused = 0;
  const server = net.createServer((socket) => {
    let text = '';
    let data = false;
    let asked = false;
    let mail = { to: [] };
    const say = (line) => socket.write(`${line}\r\n`);
    const command = (line) => {
      seen.push(line);
      if (asked) {
        asked = false;
        mail.auth = Buffer.from(line, 'base64').toString();
        return say('235 ok');
      }
      const word = line.slice(0, 4).toUpperCase();
      if (word === 'EHLO') {
        say('250-smtp.test');
        if (auth) say('250-AUTH PLAIN');
        return say('250 8BITMIME');
      }
      if (word === 'AUTH') {
        asked = true;
        return say('334 ');
      }
      if (word === 'MAIL') {
        mail.from = /<(.*?)>/.exec(line)[1];
        if (refused < refuse) {
          refused++;
          return say('451 come again');
        }
      }
      if (word === 'RCPT') mail.to.push(/<(.*?)>/.exec(line)[1]);
      if (word === 'DATA') {
        data = true;
        return say('354 go on');
      }
      say(word === 'QUIT' ? '221 bye' : '250 ok');
      if (word === 'QUIT') socket.end();
    };
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      for (;;) {
        if (data) {
          const end = text.indexOf('\r\n.\r\n');
          if (end < 0) return;
          mails.push({ ...mail, raw: text.slice(0, end), ...parse(text.slice(0, end)) });
          mail = { to: [] };
          text = text.slice(end + 5);
          data = false;
          say('250 taken');
        }
        const end = text.indexOf('\r\n');
        if (end < 0) return;
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        command(line);
      }
    });
    say('220 smtp.test');
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      done({ url: `smtp://127.0.0.1:${server.address().port}`, mails, seen, stop: () => server.close() });
    });
  });
}

function words(value) {
  return value.replace(/\r\n /g, '').replace(/=\?UTF-8\?B\?(.*?)\?=/g, (_, b) => Buffer.from(b, 'base64').toString());
}

function parse(raw) {
  const [head, body] = raw.split('\r\n\r\n');
  const header = (name) => words(new RegExp(`^${name}: ((?:.|\r\n )*)`, 'm').exec(head)?.[1] ?? '');
  return { subject: header('Subject'), header, text: Buffer.from(body.replace(/\r\n/g, ''), 'base64').toString() };
}
