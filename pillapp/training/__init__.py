"""Data sets and renders → weights → model cards. A developer's room: the program itself never imports it."""
